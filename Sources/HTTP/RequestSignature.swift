/// Keys that sign a request by AWS Signature Version 4; libcurl computes it.
public struct RequestSignature: Sendable {
    /// The public half of the key.
    public let accessKey: String
    /// The secret half.
    public let secretKey: String
    /// Such as `us-east-1`.
    public let region: String
    /// Such as `s3`.
    public let service: String

    /// A signature from its parts.
    public init(accessKey: String, secretKey: String, region: String, service: String) {
        self.accessKey = accessKey
        self.secretKey = secretKey
        self.region = region
        self.service = service
    }
}
