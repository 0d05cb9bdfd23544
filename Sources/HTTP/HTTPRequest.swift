/// What is sent.
public struct HTTPRequest: Sendable {
    /// GET and POST are for Clio; PUT and DELETE for object stores.
    public enum Method: String, Sendable { case get = "GET", post = "POST", put = "PUT", delete = "DELETE" }

    /// What is done.
    public var method: Method
    /// Where it goes.
    public var address: WebAddress
    /// Header fields beside those that libcurl sends itself.
    public var headers: HTTPHeaders
    /// The body of a POST or PUT.
    public var body: [UInt8]
    /// Signs the request for an object store; nil: it is sent as it is.
    public var signature: RequestSignature?

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
