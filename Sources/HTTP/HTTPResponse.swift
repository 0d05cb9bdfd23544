/// What came back, whatever its status.
public struct HTTPResponse: Sendable {
    /// The status code.
    public let status: Int
    /// Header fields; those of interim answers are gone.
    public let headers: HTTPHeaders
    /// The body, inflated.
    public let body: HTTPBody
    /// From the start of the transfer to its last byte.
    public let seconds: Double
    /// Bytes of the body as they came over the line, before they were inflated.
    public let receivedBytes: Int
    /// Connections that had to be opened for it; 0 when one was reused.
    public let newConnections: Int
    /// Whether it came over HTTP/2.
    public let isHTTP2: Bool
}
