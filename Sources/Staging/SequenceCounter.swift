/// What `.sequence` says: the first free record number, and below it those that were reserved in an object store.
///
/// Earlier versions read and write the first line only.
struct SequenceCounter: Equatable {
    /// No record of this folder has this number or a higher one.
    var next: Int64
    /// Numbers that no other machine gives to a record, as far as they are not taken.
    var reserved: Range<Int64>?

    /// Three numbers of 16 digits, with what separates them.
    static let mostBytes = 64
    private static let allowed: ClosedRange<Int64> = 0...(1 << 53)

    init(next: Int64) { self.next = next }

    /// Takes some numbers in a row.
    /// - Returns: the first; nil: not so many are reserved.
    mutating func take(_ count: Int64, from source: ConnectionFolder.NumberSource) -> Int64? {
        switch source {
        case .own:
            defer { next += count }
            return next
        case .reserved:
            guard let range = reserved else { return nil }
            // Those below the counter may have been taken while the folder used its own.
            let from = range.contains(next) ? next : range.lowerBound
            guard range.upperBound - from >= count else { return nil }
            reserved = (from + count)..<range.upperBound
            // The folder's own numbers go on behind them.
            next = max(next, from + count)
            return from
        }
    }
}

extension SequenceCounter {
    /// Reads what `text` made; nil: it is no counter.
    init?(_ bytes: some Collection<UInt8>) {
        let lines = bytes.prefix { $0 != 0 }.split(separator: UInt8(ascii: "\n")).map { line in
            line.split(separator: UInt8(ascii: " ")).map { Int64(String(decoding: $0, as: UTF8.self)) }
        }
        guard let first = lines.first, first.count == 1, let next = first[0], Self.allowed.contains(next) else {
            return nil
        }
        self.next = next
        guard lines.count == 2, lines[1].count == 2, let from = lines[1][0], let end = lines[1][1],
            Self.allowed.contains(from), Self.allowed.contains(end), from <= end
        else { return }
        reserved = from..<end
    }

    /// The file's content.
    var text: [UInt8] {
        Array((reserved.map { "\(next)\n\($0.lowerBound) \($0.upperBound)\n" } ?? "\(next)\n").utf8)
    }
}
