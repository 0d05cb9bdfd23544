internal import Bytes
internal import Staging

/// The tokens in a `.env` file that has other settings, too.
enum EnvFileTokens {
    private static let names = ["CLIO_ACCESS_TOKEN", "CLIO_REFRESH_TOKEN"]

    /// The lines that set a token.
    static func lines(_ path: String) throws -> [String] { try split(path).tokens }

    /// Removes these lines; every other one stays as it is.
    static func remove(from path: String) throws {
        let (tokens, others) = try split(path)
        guard !tokens.isEmpty else { return }
        try Files.write(Array(others.joined(separator: "\n").utf8), to: path)
    }

    private static func split(_ path: String) throws -> (tokens: [String], others: [String]) {
        guard let text = try Files.read(path).flatMap({ EditedText.decode($0) }) else { return ([], []) }
        var (tokens, others): ([String], [String]) = ([], [])
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            let entries = (try? EnvFile(path: path, text: line))?.entries ?? []
            if entries.contains(where: { names.contains($0.name) }) { tokens.append(line) } else { others.append(line) }
        }
        return (tokens, others)
    }
}
