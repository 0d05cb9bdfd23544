internal import LocalServer

extension StatusPageError {
    /// Why nothing can listen on an address, and what to do.
    init(_ error: LocalServerError, port: Int, socket: String?) {
        if let socket {
            self.init(description: "\(socket): cannot be listened on: \(error.description); choose another --socket")
        } else if error.isTaken {
            self.init(
                description:
                    "port \(port): is taken by another program; end it, or choose another --port (0 takes a free one)")
        } else if error.isForbidden {
            self.init(description: "port \(port): only root may listen on it; choose a --port above 1023")
        } else {
            self.init(
                description:
                    "port \(port): cannot be listened on: \(error.description); choose another --host or --port")
        }
    }
}
