/// Something that goes wrong with a list request, and when.
public struct Fault: Sendable, Equatable {
    /// What goes wrong.
    public enum Name: String, Sendable, CaseIterable {
        /// Status 500 with an HTML body.
        case http500
        /// Status 503.
        case http503
        /// Status 403 and a gateway's HTML page, with `Retry-After: 1`.
        case blockpage
        /// Status 429 out of turn, with `Retry-After: 1`.
        case rate429
        /// Rate limiting dressed up as JSON with status 200: `data` is a base64 text.
        case disguised429
        /// The connection is closed before a byte of the answer.
        case reset
        /// The body ends before its announced length.
        case truncate
        /// Status 200 with an HTML page.
        case html
        /// `Content-Encoding: gzip` with bytes that do not inflate.
        case badgzip
        /// Nothing is sent for a long time.
        case stall
        /// `paging.next` leads to the same page again.
        case loopnext
        /// `paging.next` leads to another host.
        case foreignnext
        /// Filters are ignored.
        case ignorefilter
        /// `data` is null.
        case nulldata
    }

    /// When it goes wrong.
    public enum Trigger: Sendable, Equatable {
        /// For this share of list requests, drawn from the seed.
        case rate(Double)
        /// For the list request with this number, counted from 1.
        case request(Int)
    }

    /// What goes wrong.
    public var name: Name
    /// When it goes wrong.
    public var trigger: Trigger

    /// Makes a fault.
    public init(_ name: Name, _ trigger: Trigger) {
        self.name = name
        self.trigger = trigger
    }

    /// Reads `NAME@RATE` (a share from 0 to 1) or `NAME#N` (the N-th list request). Throws a ``SimulatorError`` that
    /// names the known faults.
    public init(parsing text: String) throws(SimulatorError) {
        let known = Name.allCases.map(\.rawValue).joined(separator: ", ")
        guard let mark = text.firstIndex(where: { $0 == "@" || $0 == "#" }) else {
            throw .option("--fault \(text)", "write NAME@RATE or NAME#N; names: \(known)")
        }
        guard let name = Name(rawValue: String(text[..<mark])) else {
            throw .option("--fault \(text)", "no such fault; names: \(known)")
        }
        let value = text[text.index(after: mark)...]
        if text[mark] == "@", let rate = Double(value), (0...1).contains(rate) {
            self.init(name, .rate(rate))
        } else if text[mark] == "#", let number = Int(value), number > 0 {
            self.init(name, .request(number))
        } else {
            throw .option("--fault \(text)", "a rate goes from 0 to 1, a number begins at 1")
        }
    }

    func strikes(_ request: Int, seed: UInt64) -> Bool {
        switch trigger {
        case .request(let number): request == number
        case .rate(let share):
            Double(mixed(seed ^ fingerprint(name.rawValue) ^ UInt64(request)) >> 11) / Double(1 << 53) < share
        }
    }
}
