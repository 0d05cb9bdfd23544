internal import Bytes
internal import JSON
internal import Pipelines

/// Turns the rows of a table into records as Clio sends them. Not Sendable: one thread at a time.
final class CSVRecords {
    /// A member of the record: an object of members, or a cell.
    private final class Member {
        let name: String
        var members: [Member] = []
        var cell: Int?
        var type = ColumnType.text

        init(_ name: String) { self.name = name }

        func member(_ name: String) -> Member {
            if let found = members.first(where: { $0.name == name }) { return found }
            let made = Member(name)
            members.append(made)
            return made
        }
    }

    private let header: CSVHeader
    private let root = Member("")
    private let parser = JSONParser()
    private var line = JSONWriter()
    private var row = 1
    /// Whether a cell of the current row is no UTF-8.
    private var isDamaged = false
    private let command: String

    /// - Parameter command: what converts a file of Windows and imports it.
    init(_ header: CSVHeader, _ entity: Entity, command: String) {
        self.header = header
        self.command = command
        for (index, name) in header.names.enumerated() {
            guard let column = entity.table.column(named: name) else { continue }
            var member = root
            for key in column.path { member = member.member(key) }
            member.cell = index
            member.type = column.type
        }
    }

    /// The next row as a record; nil at the end.
    func next(_ text: ImportText, _ shown: String) throws(ConfigurationError) -> UnsafeRawBufferPointer? {
        while true {
            guard let (cells, length) = cells(text.bytes, isEnd: text.hasEnded) else {
                if try text.fill() || !text.bytes.isEmpty && !text.hasEnded { continue }
                if text.bytes.isEmpty { return nil }
                guard let last = self.cells(text.bytes, isEnd: true) else {
                    throw ConfigurationError("\(shown): row \(row + 1): the quote is not closed")
                }
                text.take(last.length)
                if let record = try record(last.cells, shown) { return record }
                continue
            }
            text.take(length)
            if let record = try record(cells, shown) { return record }
        }
    }

    private func record(_ cells: [String], _ shown: String) throws(ConfigurationError) -> UnsafeRawBufferPointer? {
        row += 1
        if cells == [""] { return nil }
        guard !isDamaged else {
            throw ConfigurationError("\(shown): row \(row) is not UTF-8; convert it, for example: \(command)")
        }
        guard cells.count == header.names.count else {
            throw ConfigurationError(
                "\(shown): row \(row) has \(cells.count) cells where the header has \(header.names.count); correct that row"
            )
        }
        line.removeAll()
        write(root, cells)
        return line.buffer.bytes
    }

    /// A cell; what is not UTF-8 in it becomes U+FFFD, and the row is refused.
    private func decoded(_ cell: [UInt8]) -> String {
        if let text = String(validating: cell, as: UTF8.self) { return text }
        isDamaged = true
        return String(decoding: cell, as: UTF8.self)
    }

    /// The cells of the first row and its length; nil when its end is not there yet.
    private func cells(_ text: UnsafeRawBufferPointer, isEnd: Bool) -> (cells: [String], length: Int)? {
        guard !text.isEmpty else { return nil }
        var cells: [String] = []
        var cell: [UInt8] = []
        var isQuoted = false
        var at = 0
        while at < text.count {
            let byte = text[at]
            if isQuoted {
                if byte == UInt8(ascii: "\"") {
                    // Twice is one; else it closes.
                    guard at + 1 < text.count || isEnd else { return nil }
                    if at + 1 < text.count, text[at + 1] == byte {
                        cell.append(byte)
                        at += 1
                    } else {
                        isQuoted = false
                    }
                } else {
                    cell.append(byte)
                }
            } else if byte == UInt8(ascii: "\""), cell.isEmpty {
                isQuoted = true
            } else if byte == header.separator {
                cells.append(decoded(cell))
                cell.removeAll(keepingCapacity: true)
            } else if byte == 10 || byte == 13 {
                guard byte == 10 || at + 1 < text.count || isEnd else { return nil }
                cells.append(decoded(cell))
                let isPair = byte == 13 && at + 1 < text.count && text[at + 1] == 10
                return (cells, at + (isPair ? 2 : 1))
            } else {
                cell.append(byte)
            }
            at += 1
        }
        guard isEnd, !isQuoted else { return nil }
        cells.append(decoded(cell))
        return (cells, at)
    }

    private func write(_ member: Member, _ cells: [String]) {
        guard let cell = member.cell else {
            line.beginObject()
            for inner in member.members where !isEmpty(inner, cells) {
                line.key(inner.name)
                write(inner, cells)
            }
            line.endObject()
            return
        }
        let text = cells[cell]
        switch member.type {
        case .integer where Int64(text) != nil, .decimal where isNumber(text), .json where isJSON(text):
            line.raw(text)
        case .boolean where ["true", "1", "t", "yes"].contains(text.lowercased()): line.bool(true)
        case .boolean where ["false", "0", "f", "no"].contains(text.lowercased()): line.bool(false)
        default: line.string(text)
        }
    }

    /// Nothing in a cell is NULL: the member is left out.
    private func isEmpty(_ member: Member, _ cells: [String]) -> Bool {
        member.cell.map { cells[$0].isEmpty } ?? member.members.allSatisfy { isEmpty($0, cells) }
    }

    private func isNumber(_ text: String) -> Bool {
        guard let value = try? parser.parse(text) else { return false }
        return [.integer, .unsigned, .double].contains(value.kind)
    }

    private func isJSON(_ text: String) -> Bool {
        (try? parser.parse(text)) != nil && !parser.lastWasLenient && !text.contains { $0.isNewline }
    }
}
