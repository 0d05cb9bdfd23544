internal import Bytes
internal import JSON
internal import Pipelines

/// The records of a file from outside, one after the other, whatever form they have. Not Sendable: one thread at a time.
final class ImportRecords {
    private enum Mode {
        /// One record a line, up to a line that holds or begins several; one that is no JSON is handed on as it is.
        case lines
        /// Lists, pages, and records over several lines.
        case cut(RecordCutter)
        case table(CSVRecords)
    }

    private let text: ImportText
    private let shown: String
    private var mode: Mode
    /// Bytes taken so far, for messages.
    private var position = 0
    private static let sample = 1 << 16

    /// Opens a file and looks at its beginning.
    /// - Parameter command: the command that imports it, without the file.
    /// - Throws: an error that names what the file is and the command that converts it.
    init(_ file: String, entity: Entity, command: String) throws(ConfigurationError) {
        shown = file == "-" ? "standard input" : file
        text = try ImportText(file)
        while text.bytes.count < Self.sample, try text.fill() {}
        let columns = Set(entity.table.columns.map(\.name))
        let format = ImportFormat(text.bytes, columns: columns)
        if text.bytes.starts(with: ImportText.mark) { text.take(ImportText.mark.count) }
        mode = .lines
        switch format {
        case .json:
            if ImportFormat.isTable(text.bytes) {
                throw ConfigurationError(
                    "\(shown): is no JSON, and its first line names none of the columns of \(entity.name); a table begins with "
                        + "a line such as \(entity.table.columns.prefix(4).map(\.name).joined(separator: ","))")
            }
            while !text.bytes.contains(10), PageStart.data(text.bytes, from: 0) == nil, text.bytes.first != 0x5B,
                try text.fill()
            {}
            if !Self.isLines(text.bytes) { mode = .cut(RecordCutter()) }
        case .csv:
            guard let header = CSVHeader(text.bytes, columns: columns) else { break }
            let unknown = header.names.filter { !columns.contains($0) }
            guard unknown.isEmpty else {
                throw ConfigurationError(
                    "\(shown): \(entity.name) has no column \(unknown.prefix(5).map { "\"\($0.prefix(60))\"" }.joined(separator: ", ")); "
                        + "remove it, or add it to the pipeline file")
            }
            let counts = Dictionary(header.names.map { ($0, 1) }, uniquingKeysWith: +)
            if let twice = header.names.first(where: { counts[$0] ?? 0 > 1 }) {
                throw ConfigurationError("\(shown): the column \"\(twice)\" is there twice; remove one of the two")
            }
            text.take(header.length)
            mode = .table(
                CSVRecords(
                    header, entity,
                    command: Self.command(file, "iconv -f WINDOWS-1252 -t UTF-8", command)))
        case .foreign(let name, let program):
            throw ConfigurationError("\(shown): is \(name); convert it: \(Self.command(file, program, command))")
        case .useless(let why): throw ConfigurationError("\(shown): \(why)")
        }
    }

    /// What a person types instead.
    private static func command(_ file: String, _ program: String, _ command: String) -> String {
        let rest = command + " -"
        let quoted = "'" + file.replacing("'", with: "'\\''") + "'"
        if file == "-" { return "… | \(program) | \(rest)" }
        if file.hasSuffix(".gz") || file.hasSuffix(".tgz") { return "zcat \(quoted) | \(program) | \(rest)" }
        return program == "7z x -so" || program == "unzip -p"
            ? "\(program) \(quoted) | \(rest)" : "\(program) <\(quoted) | \(rest)"
    }

    /// Whether records are one a line: a line of the beginning is one.
    private static func isLines(_ text: UnsafeRawBufferPointer) -> Bool {
        guard let first = text.first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) else { return true }
        guard first != UInt8(ascii: "["), first != 0x1E else { return false }
        let parser = JSONParser()
        for line in text.split(separator: 10, maxSplits: 100).prefix(100) {
            guard line.first == UInt8(ascii: "{") else { continue }
            let bytes = UnsafeRawBufferPointer(rebasing: line)
            if PageStart.data(bytes, from: 0) == nil, (try? parser.parse(copying: bytes))?.kind == .object {
                return true
            }
        }
        return first != UInt8(ascii: "{")
    }

    /// The next record, on one line; nil at the end. Valid until the next call.
    func next() throws(ConfigurationError) -> UnsafeRawBufferPointer? {
        switch mode {
        case .lines:
            if let line = try line() { return line }
            guard case .cut = mode else { return nil }
            return try next()
        case .cut(var cutter):
            defer { mode = .cut(cutter) }
            return try cut(&cutter)
        case .table(let table): return try table.next(text, shown)
        }
    }

    /// The next line; nil at the end, and before one from which on the text is cut.
    private func line() throws(ConfigurationError) -> UnsafeRawBufferPointer? {
        while true {
            let bytes = text.bytes
            let end = bytes.firstIndex(of: 10)
            if end == nil, try text.fill() { continue }
            let line = end.map { UnsafeRawBufferPointer(rebasing: text.bytes[..<$0]) } ?? text.bytes
            if end == nil, line.isEmpty { return nil }
            if RecordCutter.isNeeded(line) {
                mode = .cut(RecordCutter())
                return nil
            }
            let length = line.count + (end == nil ? 0 : 1)
            text.take(length)
            position += length
            return line
        }
    }

    private func cut(_ cutter: inout RecordCutter) throws(ConfigurationError) -> UnsafeRawBufferPointer? {
        while true {
            let bytes = text.bytes
            switch cutter.next(bytes) {
            case .record(let place):
                text.take(place.upperBound)
                position += place.upperBound
                return UnsafeRawBufferPointer(rebasing: bytes[place])
            case .skip(let count):
                text.take(count)
                position += count
            case .more:
                if try text.fill() { continue }
                guard bytes.isEmpty || text.bytes.isEmpty, !cutter.isOpen else {
                    throw ConfigurationError(
                        "\(shown): ends in the middle of a record or a list; get a whole copy of it, then run again")
                }
                return nil
            case .garbage(let place):
                throw ConfigurationError(
                    "\(shown): no record begins at byte \(position + place + 1); this is no list of Clio's records")
            }
        }
    }
}
