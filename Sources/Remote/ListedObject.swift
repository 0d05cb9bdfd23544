/// What a listing says of an object.
public struct ListedObject: Sendable, Equatable {
    /// Its whole key.
    public let key: String
    /// Its bytes.
    public let bytes: Int
    /// When it was stored: RFC 3339, UTC.
    public let modified: String
    /// The store's name for this content of the key; nil where it lists none.
    public let etag: String?
}
