internal import Bytes
internal import JSON

/// A manifest on disk: a header line and one line per committed step; a torn last line does not exist.
struct Journal {
    let path: String
    private let content: [UInt8]
    /// Bytes up to the end of the last whole line.
    let bytes: Int

    static let format = 1

    /// nil: there is no file, or none with a whole line.
    static func read(_ path: String) throws(StagingError) -> Journal? {
        guard let content = try Files.read(path), let end = content.lastIndex(of: UInt8(ascii: "\n")) else {
            return nil
        }
        return Journal(path: path, content: content, bytes: end + 1)
    }

    func forEachLine(_ body: (JournalLine) throws(StagingError) -> Void) throws(StagingError) {
        let parser = JSONParser()
        var number = 0
        var start = 0
        while start < bytes {
            let end = content[start..<bytes].firstIndex(of: UInt8(ascii: "\n")) ?? bytes
            number += 1
            let value: JSONValue
            do {
                value = try content.withUnsafeBytes { (all) throws(JSONError) in
                    try parser.parse(copying: UnsafeRawBufferPointer(rebasing: all[start..<end]))
                }
            } catch {
                throw StagingError(
                    .corrupt,
                    "\(path): line \(number): \(error); mend the line, or repeat the stage that wrote it with --force")
            }
            try body(JournalLine(path: path, number: number, value: value))
            start = end + 1
        }
    }
}

/// One line of a manifest.
struct JournalLine {
    let path: String
    let number: Int
    let value: JSONValue

    func error(_ what: String) -> StagingError {
        StagingError(
            .corrupt, "\(path): line \(number) \(what); mend it, or repeat the stage that wrote it with --force")
    }

    /// The header must be of this layer and of a format that this version knows.
    func checkHeader(layer: String) throws(StagingError) {
        let format = try self.number("format")
        guard format == Journal.format else {
            throw StagingError(
                .format, "\(path): format \(format) is unknown to this version, which reads \(Journal.format); upgrade")
        }
        guard try text("layer") == layer else { throw error("is not the header of a \(layer) layer") }
    }

    func has(_ key: String) -> Bool { value[key] != nil }

    func text(_ key: String) throws(StagingError) -> String {
        guard let text = value[key]?.string else { throw error("lacks the text \"\(key)\"") }
        return text
    }

    func number(_ key: String) throws(StagingError) -> Int {
        guard let number = value[key]?.int64, number >= 0 else { throw error("lacks the number \"\(key)\"") }
        return Int(number)
    }

    func crc(_ key: String) throws(StagingError) -> UInt32 {
        guard let crc = UInt32(try text(key), radix: 16) else { throw error("lacks the checksum \"\(key)\"") }
        return crc
    }

    func optionalText(_ key: String) -> String? { value[key]?.string }
    func optionalNumber(_ key: String) -> Int? { value[key]?.int64.map(Int.init) }
}

/// Writes whole lines to a manifest, each durable when `append` returns.
final class JournalWriter {
    private let file: AppendFile
    private var line: JSONWriter

    /// - Parameter keep: bytes that count; what is behind them is cut off. nil: a new file.
    init(_ path: String, keep: Int?) throws(StagingError) {
        let file = try AppendFile(path, truncate: keep == nil)
        if let keep { try file.cut(to: keep) }
        self.file = file
        line = JSONWriter(capacity: 1024)
    }

    func append(_ build: (inout JSONWriter) -> Void) throws(StagingError) {
        line.removeAll()
        line.beginObject()
        build(&line)
        line.endObject()
        line.newline()
        try file.append(line.buffer.bytes)
        try file.synchronize()
    }
}

extension JSONWriter {
    mutating func member(_ name: String, _ value: String?) {
        key(name)
        if let value { string(value) } else { null() }
    }

    mutating func member(_ name: String, _ value: Int?) {
        key(name)
        if let value { integer(value) } else { null() }
    }

    mutating func member(_ name: String, crc: UInt32) { member(name, String(crc, radix: 16)) }
}
