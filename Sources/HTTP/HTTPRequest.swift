/// What is sent.
public struct HTTPRequest: Sendable {
    /// GET or POST: all that Clio's bulk reading needs.
    public enum Method: String, Sendable { case get = "GET", post = "POST" }

    public var method: Method
    public var address: WebAddress
    public var headers: HTTPHeaders
    /// The body of a POST.
    public var body: [UInt8]

    public init(
        _ method: Method = .get, _ address: WebAddress, headers: HTTPHeaders = [:], body: [UInt8] = []
    ) {
        self.method = method
        self.address = address
        self.headers = headers
        self.body = body
    }
}
