internal import Bytes
internal import JSON

/// A manifest on disk: a header line and one line per committed step; a torn last line does not exist.
///
/// It is read as a stream: a line holds whole URLs, and a large firm has tens of thousands of them.
enum Journal {
    static let format = 1

    /// The first line, copied; nil when there is no file or no whole line. A line that is no JSON is nil, too: who reads the
    /// manifest says so.
    static func header(_ path: String) throws(StagingError) -> HeaderLine? {
        guard try Files.exists(path) else { return nil }
        let reader = try NDJSONReader(path: path, allowsPlain: true, isSmall: true)
        guard let line = try reader.next(), reader.isTerminated else { return nil }
        let parser = JSONParser()
        return withExtendedLifetime(parser) {
            (try? parser.parse(line)).map {
                HeaderLine(connection: $0["connection"]?.string, account: $0["account"].flatMap { Account($0) })
            }
        }
    }

    /// What the first line says of the owner.
    struct HeaderLine {
        let connection: String?
        let account: Account?
    }

    /// Calls `body` with every whole line.
    /// - Returns: bytes up to the end of the last whole line; nil when there is no file, or none with a whole line.
    static func forEachLine(
        _ path: String, _ body: (JournalLine) throws(StagingError) -> Void
    ) throws(StagingError) -> Int? {
        guard try Files.exists(path) else { return nil }
        let reader = try NDJSONReader(path: path, allowsPlain: true, isSmall: true)
        let parser = JSONParser()
        var bytes = 0
        while let line = try reader.next() {
            guard reader.isTerminated else { break }
            let value: JSONValue
            do {
                value = try parser.parse(line)
            } catch {
                throw StagingError(
                    .corrupt,
                    "\(path): line \(reader.line): \(error); \(StagingAdvice.replace(manifest: path))")
            }
            try body(JournalLine(path: path, number: reader.line, value: value))
            bytes += line.count + 1
        }
        return bytes > 0 ? bytes : nil
    }
}

/// One line of a manifest.
struct JournalLine {
    let path: String
    let number: Int
    let value: JSONValue

    func error(_ what: String) -> StagingError {
        StagingError(
            .corrupt, "\(path): line \(number) \(what); \(StagingAdvice.replace(manifest: path))")
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

    /// What no count of ours comes to: sums of such numbers stay far from where arithmetic ends.
    private static let highest: Int64 = 1 << 53

    /// A number that counts something; nil for any other value.
    static func count(_ value: JSONValue) -> Int64? { value.int64.flatMap { (0...highest).contains($0) ? $0 : nil } }

    func number(_ key: String) throws(StagingError) -> Int {
        guard let number = value[key].flatMap(Self.count) else {
            throw error("lacks the number \"\(key)\"")
        }
        return Int(number)
    }

    func crc(_ key: String) throws(StagingError) -> UInt32 {
        guard let crc = UInt32(try text(key), radix: 16) else { throw error("lacks the checksum \"\(key)\"") }
        return crc
    }

    func texts(_ key: String) throws(StagingError) -> [String] {
        var texts: [String] = []
        var isWhole = value[key]?.kind == .array
        value[key]?.forEachElement { element in
            if let text = element.string { texts.append(text) } else { isWhole = false }
        }
        guard isWhole else { throw error("lacks the list of texts \"\(key)\"") }
        return texts
    }

    /// The account that this line names.
    var account: Account? { value["account"].flatMap { Account($0) } }

    var optionalIDs: ClosedRange<Int64>? {
        guard let first = value["first_id"]?.int64, let last = value["last_id"]?.int64, first <= last else {
            return nil
        }
        return first...last
    }

    /// An instant of the server's clock, seconds since 1970.
    /// - Parameter earlier: the key under which earlier versions stored the Date header as sent.
    func serverTime(earlier: String) -> Double? {
        if let seconds = optionalNumber("server_time") { return Double(seconds) }
        return optionalText(earlier).flatMap(HTTPDate.seconds)
    }

    func optionalText(_ key: String) -> String? { value[key]?.string }
    func optionalNumber(_ key: String) -> Int? {
        value[key]?.int64.flatMap { (-Self.highest...Self.highest).contains($0) ? Int($0) : nil }
    }
}

/// Writes whole lines to a manifest, each durable when `append` returns.
final class JournalWriter {
    private let file: AppendFile
    private var line: JSONWriter

    /// - Parameter keep: bytes that count; the file is truncated after them. nil: a new file.
    init(_ path: String, keep: Int?) throws(StagingError) {
        let file = try AppendFile(path, truncate: keep == nil)
        if let keep { try file.cut(to: keep) }
        self.file = file
        line = JSONWriter(capacity: 1024)
    }

    /// Writes a line; it is durable with the next one that is appended, or after `synchronize`.
    func add(_ build: (inout JSONWriter) -> Void) throws(StagingError) {
        line.removeAll()
        line.beginObject()
        build(&line)
        line.endObject()
        line.newline()
        try file.append(line.buffer.bytes)
    }

    func synchronize() throws(StagingError) { try file.synchronize() }

    func append(_ build: (inout JSONWriter) -> Void) throws(StagingError) {
        let end = file.size
        try add(build)
        do throws(StagingError) { try file.synchronize() } catch {
            // The writer continues without a line whose write failed; so must readers of the file.
            try? file.cut(to: end)
            throw error
        }
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

    /// An instant, or a length of time, in whole seconds.
    mutating func member(_ name: String, seconds: Double?) {
        member(name, seconds.flatMap { Int(exactly: $0.rounded(.down)) })
    }

    mutating func member(_ name: String, _ value: Int64) {
        key(name)
        integer(value)
    }

    mutating func member(_ name: String, _ values: [String]) {
        key(name)
        beginArray()
        for value in values { string(value) }
        endArray()
    }

    mutating func member(_ name: String, crc: UInt32) { member(name, String(crc, radix: 16)) }
}
