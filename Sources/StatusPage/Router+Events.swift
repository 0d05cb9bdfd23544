extension Router {
    /// `/events`: the content of a page, whenever it changed, until the client goes or its session ends.
    ///
    /// Nothing queues up: a client that is slow to read gets the newest when it is ready for it, and one that does not
    /// read at all is let go after some seconds.
    func events(_ request: WebRequest, _ grant: Grant) -> WebResponse {
        let name = request.query["firm"]
        if let name {
            guard grant.mayView(name), hub.snapshot.connection(name) != nil else { return missing(request) }
        } else {
            guard grant.scope == .all else { return missing(request) }
        }
        let token = gate.formToken(grant)
        var response = WebResponse.stream(type: "text/event-stream; charset=utf-8") { [self] writer in
            var last = ""
            var silent = 0.0
            // A browser that lost us comes back after 3 s.
            try await writer.write("retry: 3000\n\n")
            while clock() < grant.expires {
                let page = content(name, grant)
                if page != last {
                    last = page
                    silent = 0
                    try await writer.write(Self.event("page", page.replacing(Self.tokenMark, with: token)))
                } else if silent >= heartbeat {
                    // Finds out who left, and keeps proxies from closing a silent line.
                    silent = 0
                    try await writer.write(": still here\n\n")
                }
                try await Task.sleep(for: .seconds(Self.pause))
                silent += Self.pause
            }
        }
        // For nginx, which would keep events back otherwise.
        response.set("X-Accel-Buffering", "no")
        return response
    }

    private static let pause = 0.5

    private func content(_ name: String?, _ grant: Grant) -> String {
        guard let name else { return hub.page("/") { OverviewView.main($0).text } }
        return hub.page("\(name) \(grant.mayOperate)") { snapshot in
            guard let status = snapshot.connection(name) else { return "<p>This connection is gone.</p>" }
            return view(status, grant, formToken: Self.tokenMark).main.text
        }
    }

    /// An event as it goes over the wire.
    static func event(_ name: String, _ data: String) -> String {
        let lines = data.utf8.split(separator: 10, omittingEmptySubsequences: false)
        return "event: \(name)\n" + lines.map { "data: \(String(decoding: $0, as: UTF8.self))\n" }.joined() + "\n"
    }
}
