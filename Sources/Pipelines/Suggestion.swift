/// Suggests the known name nearest to an unknown one.
public enum Suggestion {
    /// `; did you mean "columns"?`, or nothing when no candidate is close.
    public static func hint(_ word: String, among candidates: some Sequence<String>) -> String {
        guard let best = closest(to: word, among: candidates) else { return "" }
        return "; did you mean \"\(best)\"?"
    }

    /// The closest candidate that is at most a third of the word away; the first one of equals.
    public static func closest(to word: String, among candidates: some Sequence<String>) -> String? {
        let letters = Array(word.unicodeScalars.prefix(80))
        let most = max(1, letters.count / 3)
        var best: (distance: Int, word: String)?
        for candidate in candidates where candidate != word {
            let distance = distance(letters, Array(candidate.unicodeScalars.prefix(80)))
            if distance <= most, distance < best?.distance ?? Int.max { best = (distance, candidate) }
        }
        return best?.word
    }

    /// Insertions, deletions, replacements and swapped neighbours between two words.
    public static func distance(_ a: String, _ b: String) -> Int {
        distance(Array(a.unicodeScalars.prefix(80)), Array(b.unicodeScalars.prefix(80)))
    }

    /// Insertions, deletions, replacements and swapped neighbours.
    private static func distance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
        var rows = [Array(0...b.count)]
        for i in 0..<a.count {
            var row = [i + 1]
            for j in 0..<b.count {
                var cost = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, rows[i - 1][j - 1] + 1) }
                row.append(cost)
            }
            rows.append(row)
        }
        return rows[a.count][b.count]
    }
}
