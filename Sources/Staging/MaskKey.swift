internal import Hashing

/// The key of a firm's masks: a setting, or a file (0600) beside its staged files.
public struct MaskKey: Sendable {
    let hash: KeyedHash

    /// A key from its text.
    public init(_ text: String) { hash = KeyedHash(key: Array(text.utf8)) }

    /// Tells keys apart and says nothing of them.
    var name: String { String(hash.hex("cliosync mask key").prefix(8)) }

    /// Fewer characters can be guessed.
    public static let shortest = 16

    /// The setting, or what the firm's file says; makes the file when there is none.
    /// - Parameter setting: the text of the key, when one is set.
    public static func load(_ folder: ConnectionFolder, setting: String?) throws(StagingError) -> MaskKey {
        if let setting { return MaskKey(setting) }
        let path = folder.maskKey
        try folder.create()
        var generator = SystemRandomNumberGenerator()
        let made = SHA256.hex((0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) })
        if try !Files.exists(path), try Files.create(Array((made + "\n").utf8), at: path) { return MaskKey(made) }
        let text = String(decoding: try Files.read(path) ?? [], as: UTF8.self)
        let key = text.split(whereSeparator: \.isWhitespace).joined()
        if key.utf8.count >= shortest { return MaskKey(key) }
        throw StagingError(
            .corrupt,
            "\(path): has fewer than \(shortest) characters; put the key back, since another one gives other hashes, or delete "
                + "the file when nothing was masked yet")
    }
}
