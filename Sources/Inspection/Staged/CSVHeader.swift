/// The first line of a table whose columns are an entity's.
struct CSVHeader: Equatable {
    let separator: UInt8
    let names: [String]
    /// Bytes of the line, its end with it.
    let length: Int

    private static let longest = 1 << 16

    /// nil when the first line is no header of these columns: at least two of them, or `id` alone.
    init?(_ bytes: UnsafeRawBufferPointer, columns: Set<String>) {
        let end = bytes.prefix(Self.longest).firstIndex { $0 == 10 || $0 == 13 } ?? min(bytes.count, Self.longest)
        let line = bytes[..<end]
        guard let first = line.first(where: { $0 != 0x20 }), first != UInt8(ascii: "{"), first != UInt8(ascii: "[")
        else { return nil }
        for separator in [UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\t")] {
            let names = line.split(separator: separator, omittingEmptySubsequences: false).map { cell -> String in
                var cell = String(decoding: cell, as: UTF8.self)
                while cell.first == " " { cell.removeFirst() }
                while cell.last == " " { cell.removeLast() }
                if cell.count >= 2, cell.first == "\"", cell.last == "\"" { cell = String(cell.dropFirst().dropLast()) }
                return cell
            }
            let known = names.count { columns.contains($0) }
            guard known >= 2 || (names.count == 1 && names == ["id"]) else { continue }
            self.separator = separator
            self.names = names
            var length = end
            if length < bytes.count, bytes[length] == 13 { length += 1 }
            if length < bytes.count, bytes[length] == 10 { length += 1 }
            self.length = length
            return
        }
        return nil
    }
}
