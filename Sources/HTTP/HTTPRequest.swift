/// What is sent.
public struct HTTPRequest: Sendable {
    /// GET or POST: all that Clio's bulk reading needs.
    public enum Method: String, Sendable { case get = "GET", post = "POST" }

    /// What is done.
    public var method: Method
    /// Where it goes.
    public var address: WebAddress
    /// Header fields beside those that libcurl sends itself.
    public var headers: HTTPHeaders
    /// The body of a POST.
    public var body: [UInt8]

    /// A request with all its parts.
    public init(
        _ method: Method = .get, _ address: WebAddress, headers: HTTPHeaders = [:], body: [UInt8] = []
    ) {
        self.method = method
        self.address = address
        self.headers = headers
        self.body = body
    }
}
