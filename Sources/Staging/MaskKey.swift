#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif
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
        if let made = try make(path) { return MaskKey(made) }
        // Another thread or process may be writing it right now.
        for _ in 0..<200 {
            let text = String(decoding: try Files.read(path) ?? [], as: UTF8.self)
            let key = text.split(whereSeparator: \.isWhitespace).joined()
            if key.utf8.count >= shortest { return MaskKey(key) }
            usleep(10_000)
        }
        throw StagingError(
            .corrupt,
            "\(path): has fewer than \(shortest) characters; put the key back, since another one gives other hashes, or delete "
                + "the file when nothing was masked yet")
    }

    /// A new key in a new file; nil when the file is there.
    private static func make(_ path: String) throws(StagingError) -> String? {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            if errno == EEXIST { return nil }
            throw .system(path, "make the file")
        }
        defer { close(descriptor) }
        var generator = SystemRandomNumberGenerator()
        let text = SHA256.hex((0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) })
        let line = Array((text + "\n").utf8)
        guard write(descriptor, line, line.count) == line.count, fsync(descriptor) == 0 else {
            let error = StagingError.system(path, "write")
            unlink(path)
            throw error
        }
        try Files.synchronizeFolder(Files.parent(of: path))
        return text
    }
}
