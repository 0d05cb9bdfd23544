/// One request as the simulator's log tells it.
public struct RequestRecord: Sendable {
    /// When it came, in seconds since 1970.
    public var time: Double
    /// The HTTP method.
    public var method: String
    /// The path without the query.
    public var path: String
    /// The decoded parameters in their order; `page_token` reads `present`.
    public var query: [(name: String, value: String)]
    /// Eight hexadecimal digits that identify the page token: the same page has the same.
    public var page: String?
    /// The list or record kind, by its name in the path.
    public var kind: String?
    /// The status sent; 0 when the connection was closed instead.
    public var status: Int
    /// Records sent.
    public var records: Int
    /// Whether another page of the list follows.
    public var hasNext: Bool
    /// Bytes of the body, before compression.
    public var bytes: Int
    /// Milliseconds from the request to its answer, latency included.
    public var milliseconds: Double
    /// Eight hexadecimal digits that identify the access token.
    public var token: String?
    /// The fault that struck.
    public var fault: String?

    /// The log line without its end of line.
    var line: [UInt8] {
        Output.build { output in
            output.raw(#"{"time":"#)
            output.decimal(Int(time * 1000), places: 3)
            output.raw(#","method":"#)
            output.string(method)
            output.raw(#","path":"#)
            output.string(path)
            output.raw(#","kind":"#)
            RequestRecord.optional(kind, &output)
            output.raw(#","query":{"#)
            for (position, item) in merged.enumerated() {
                if position > 0 { output.byte(0x2C) }
                output.string(item.name)
                output.byte(0x3A)
                output.string(item.value)
            }
            output.raw(#"},"page":"#)
            RequestRecord.optional(page, &output)
            output.raw(#","status":"#)
            output.int(status)
            output.raw(#","records":"#)
            output.int(records)
            output.raw(#","next":"#)
            output.raw(hasNext ? "true" : "false")
            output.raw(#","bytes":"#)
            output.int(bytes)
            output.raw(#","ms":"#)
            output.decimal(Int(milliseconds * 10), places: 1)
            output.raw(#","token":"#)
            RequestRecord.optional(token, &output)
            output.raw(#","fault":"#)
            RequestRecord.optional(fault, &output)
            output.byte(0x7D)
        }
    }

    /// A parameter that came several times (`ids[]`) is one key with its values between commas.
    private var merged: [(name: String, value: String)] {
        var result: [(name: String, value: String)] = []
        for item in query {
            if let place = result.firstIndex(where: { $0.name == item.name }) {
                result[place].value += "," + item.value
            } else {
                result.append(item)
            }
        }
        return result
    }

    private static func optional(_ text: String?, _ output: inout Output) {
        if let text { output.string(text) } else { output.null() }
    }
}
