/// The first line of a table whose columns are an entity's.
struct CSVHeader: Equatable {
    let separator: UInt8
    /// As the entity has them; a name that it does not have as the file has it.
    let names: [String]
    /// Bytes of the line, its end with it, and of what stands before it.
    let length: Int

    private static let longest = 1 << 16
    private static let separators = [UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\t"), UInt8(ascii: "|")]

    /// nil when the first line is no header of these columns: at least two of them, or `id` alone. Upper and lower case are
    /// the same, and a line `sep=;` before it, by which Excel finds the separator, names the only one.
    init?(_ bytes: UnsafeRawBufferPointer, columns: Set<String>) {
        var length = Self.length(of: bytes)
        let named = Self.separator(in: bytes[..<length])
        var line = bytes[..<length]
        if named != nil {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[length...])
            let next = Self.length(of: rest)
            line = bytes[length..<(length + next)]
            length += next
        }
        guard let first = line.first(where: { $0 != 0x20 }), first != UInt8(ascii: "{"), first != UInt8(ascii: "[")
        else { return nil }
        let known = Dictionary(columns.map { ($0.lowercased(), $0) }) { first, _ in first }
        for separator in named.map({ [$0] }) ?? Self.separators {
            let cells = line.split(separator: separator, omittingEmptySubsequences: false).map(Self.name)
            let names = cells.map { columns.contains($0) ? $0 : known[$0.lowercased()] ?? $0 }
            guard names.count(where: { columns.contains($0) }) >= 2 || names == ["id"] else { continue }
            self.separator = separator
            self.names = names
            self.length = length
            return
        }
        return nil
    }

    /// Bytes up to the end of the first line, and of that end.
    private static func length(of bytes: UnsafeRawBufferPointer) -> Int {
        var length = bytes.prefix(longest).firstIndex { $0 == 10 || $0 == 13 } ?? min(bytes.count, longest)
        if length < bytes.count, bytes[length] == 13 { length += 1 }
        if length < bytes.count, bytes[length] == 10 { length += 1 }
        return length
    }

    /// What `sep=;` names; nil for any other line.
    private static func separator(in line: Slice<UnsafeRawBufferPointer>) -> UInt8? {
        guard line.count <= 12 else { return nil }
        let text = line.filter { ![UInt8(ascii: "\""), 10, 13].contains($0) }
        guard text.count == 5, String(decoding: text[..<4], as: UTF8.self).lowercased() == "sep=" else { return nil }
        return text[4]
    }

    /// A cell without spaces and quotes around it.
    private static func name(_ cell: Slice<UnsafeRawBufferPointer>) -> String {
        var cell = cell
        func drop(_ unwanted: [UInt8]) {
            while let first = cell.first, unwanted.contains(first) { cell.removeFirst() }
            while let last = cell.last, unwanted.contains(last) { cell.removeLast() }
        }
        drop([0x20, 10, 13])
        if cell.count >= 2, cell.first == UInt8(ascii: "\""), cell.last == UInt8(ascii: "\"") {
            cell = cell.dropFirst().dropLast()
        }
        return String(decoding: cell, as: UTF8.self)
    }
}
