internal import Bytes
internal import Gzip

/// The bytes of a file from outside, plain or gzip, a window at a time. Not Sendable: one thread at a time.
final class ImportText {
    /// What some programs write before UTF-8 text.
    static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    /// A record longer than this is refused, so that a file of another kind cannot exhaust the memory.
    static let longest = 512 << 20

    private let path: String
    private let reader: GzipReader
    private var buffer = ByteBuffer(capacity: 1 << 19)
    private var start = 0
    private(set) var hasEnded = false

    init(_ file: String) throws(ConfigurationError) {
        path = file == "-" ? "standard input" : file
        do {
            reader = try GzipReader(
                path: file == "-" ? "/dev/stdin" : file, name: path, allowsPlain: true)
        } catch {
            throw ConfigurationError(error.description)
        }
    }

    /// What was read and not taken yet; valid until the next call, with readable padding after it.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: buffer.bytes.dropFirst(start)) }

    /// Takes bytes from the beginning.
    func take(_ count: Int) { start += count }

    /// Reads more.
    /// - Returns: false at the end of the file.
    func fill() throws(ConfigurationError) -> Bool {
        guard !hasEnded else { return false }
        if start > 0 {
            buffer.removeFirst(start)
            start = 0
        }
        guard buffer.count < Self.longest else {
            throw ConfigurationError("\(path): holds a record longer than 512 MB; this is no file of Clio's records")
        }
        // Twice as much each time: the current record is scanned again from its beginning.
        let before = buffer.count
        let goal = before * 2
        do {
            repeat {
                if try reader.read(into: &buffer, room: 1 << 18) == 0 { hasEnded = true }
            } while !hasEnded && buffer.count < goal
        } catch {
            throw ConfigurationError(advice(error))
        }
        return !hasEnded || buffer.count > before
    }

    /// What helps with a file that this program did not write.
    private func advice(_ error: GzipError) -> String {
        switch error.code {
        case .io: error.description
        case .truncated:
            "\(path): is cut off: it ends in the middle of its compressed data; get a whole copy of it, then run again"
        case .corrupt: "\(path): its compressed data is damaged; get another copy of it, then run again"
        }
    }
}
