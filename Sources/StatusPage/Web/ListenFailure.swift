internal import FlyingSocks

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

extension StatusPageError {
    /// Why an address cannot be listened on, and what to do.
    init(listening host: String, _ port: UInt16, _ error: any Error) {
        guard case .failed(_, let number, let message) = error as? SocketError else {
            self.init(description: "\(host), port \(port): cannot be listened on: \(error)")
            return
        }
        let cause =
            switch number {
            case EADDRINUSE:
                "port \(port): is taken by another program; end it, or choose another --port (0 takes a free one)"
            case EACCES, EPERM:
                "port \(port): only root may listen on it; choose a --port above 1023"
            case EADDRNOTAVAIL:
                "\(host): is no address of this machine; choose another --host (127.0.0.1: this machine only, 0.0.0.0: all)"
            default: "\(host), port \(port): cannot be listened on: \(message); choose another --host or --port"
            }
        self.init(description: cause)
    }

    /// A name, or something that is no address.
    init(noAddress host: String) {
        self.init(
            description:
                "\(host): is no IP address; give --host one of this machine (127.0.0.1: this machine only, 0.0.0.0: all)"
        )
    }
}
