/// A firm's state that another machine stored.
public struct StoredFirm: Sendable, Equatable {
    /// The connection.
    public let connection: String
    /// The object of `status --json`.
    public let document: [UInt8]
    /// When it was stored, seconds since 1970.
    public let storedAt: Double
    /// Changes with the document.
    public let version: String

    /// A state from its values.
    public init(connection: String, document: [UInt8], storedAt: Double, version: String) {
        self.connection = connection
        self.document = document
        self.storedAt = storedAt
        self.version = version
    }
}
