internal import Yams

/// Gets past keys that stand twice in one block, at which the YAML library gives up, so that all else is still seen.
///
/// The first of two equal keys is marked with letters that no name has and the text is parsed again; `YAMLValue.entries`
/// takes the marks off, keeps the first and complains about the later one.
struct DuplicateKeys {
    /// A private-use letter. A key that is marked the n-th time gets n of them, so that no two are equal.
    static let mark: Unicode.Scalar = "\u{e000}"
    private static let mostKeys = 50

    private(set) var text: String
    private var marked = 0
    private let isUsable: Bool

    init(_ text: String) {
        self.text = text
        isUsable = !text.unicodeScalars.contains(Self.mark)
    }

    /// Marks the key that stands at a place.
    /// - Returns: false when that is not possible; the text is as it was.
    mutating func markKey(_ names: [String], line: Int, column: Int, _ problems: ProblemList, file: String) -> Bool {
        guard isUsable, marked < Self.mostKeys, var index = text.index(line: line, column: column) else { return false }
        let scalars = text.unicodeScalars
        if scalars[index] == "\"" || scalars[index] == "'" { index = scalars.index(after: index) }
        let rest = scalars[index...].drop { $0 == Self.mark }
        guard names.contains(where: { rest.starts(with: $0.unicodeScalars) }) else { return false }
        marked += 1
        text.unicodeScalars.insert(contentsOf: repeatElement(Self.mark, count: marked), at: index)
        problems.inserted(file: file, line: line, column: column, count: marked)
        return true
    }

    /// A key without its marks, or nil for a key that has none.
    static func unmarked(_ key: String) -> String? {
        guard key.unicodeScalars.first == mark else { return nil }
        return String(String.UnicodeScalarView(key.unicodeScalars.drop { $0 == mark }))
    }
}

extension String {
    /// The place of a line and a column, both from 1, the column in Unicode scalars.
    fileprivate func index(line: Int, column: Int) -> String.Index? {
        var current = 1
        var index = unicodeScalars.startIndex
        while current < line {
            guard let end = unicodeScalars[index...].firstIndex(of: "\n") else { return nil }
            index = unicodeScalars.index(after: end)
            current += 1
        }
        guard let place = unicodeScalars.index(index, offsetBy: column - 1, limitedBy: unicodeScalars.endIndex) else {
            return nil
        }
        return place < unicodeScalars.endIndex ? place : nil
    }
}
