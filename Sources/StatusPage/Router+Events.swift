internal import Synchronization

extension Router {
    /// `/events`: the content of a page, whenever it changed, until the client goes or its session ends.
    ///
    /// Nothing queues up: a client that is slow to read gets the newest content when it is ready for it.
    func events(_ request: WebRequest, _ grant: Grant) -> WebResponse {
        let name = request.query["firm"]
        if let name {
            guard grant.mayView(name), hub.snapshot.connection(name) != nil else { return missing(request) }
        } else {
            guard grant.mayOperate else { return missing(request) }
        }
        guard let place = streams.enter() else {
            var refusal = WebResponse.text(503, "too many pages watch already; reload in a minute")
            refusal.set("Retry-After", "60")
            return refusal
        }
        let list = FirmListQuery(request.query)
        let feed = Mutex(EventFeed(heartbeat: heartbeat))
        let token = gate.formToken(grant)
        var response = WebResponse.stream(
            type: "text/event-stream; charset=utf-8",
            TextStream(place) { [self] in
                if feed.withLock({ $0.hasSentPage }) { try await Task.sleep(for: .seconds(EventFeed.pause)) }
                while clock() < grant.expires {
                    let page = await content(name, list, grant)
                    if let event = feed.withLock({ $0.next(page) }) {
                        return event.replacing(Self.tokenMark, with: token)
                    }
                    try await Task.sleep(for: .seconds(EventFeed.pause))
                }
                return nil
            })
        // For nginx, which would keep events back otherwise.
        response.set("X-Accel-Buffering", "no")
        return response
    }

    private func content(_ name: String?, _ list: FirmListQuery, _ grant: Grant) async -> String {
        guard let name else {
            return hub.page("/\(list.address)") { FirmListView(snapshot: $0, query: list).main.text }
        }
        let details = await hub.details(name)
        return hub.page("\(name) \(grant.mayOperate)") { snapshot in
            guard let status = snapshot.connection(name) else { return "<p>This connection is gone.</p>" }
            return view(status, details, grant, formToken: Self.tokenMark).main.text
        }
    }
}

/// What a watching page is sent, and when.
struct EventFeed {
    /// Seconds between two looks.
    static let pause = 0.5

    private let heartbeat: Double
    private var last: String?
    private var silent = 0.0

    init(heartbeat: Double) { self.heartbeat = heartbeat }

    /// Whether a page was sent, so that the next look waits.
    var hasSentPage: Bool { last?.isEmpty == false }

    /// The next event; nil: nothing to say now.
    /// - Parameter page: the content as it is now.
    mutating func next(_ page: String) -> String? {
        guard let last else {
            self.last = ""
            // A browser that lost the connection comes back after 3 s.
            return "retry: 3000\n\n"
        }
        if page != last {
            self.last = page
            silent = 0
            return Self.event("page", page)
        }
        silent += Self.pause
        guard silent > heartbeat else { return nil }
        // Finds out who left, and keeps proxies from closing a silent connection.
        silent = 0
        return ": still here\n\n"
    }

    /// An event as it goes over the wire.
    static func event(_ name: String, _ data: String) -> String {
        let lines = data.utf8.split(separator: 10, omittingEmptySubsequences: false)
        return "event: \(name)\n" + lines.map { "data: \(String(decoding: $0, as: UTF8.self))\n" }.joined() + "\n"
    }
}
