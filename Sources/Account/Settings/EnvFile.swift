internal import Bytes
internal import Foundation

/// The lines of a `.env` file, whatever editor saved it.
struct EnvFile {
    /// One `NAME=value`.
    struct Entry {
        let line: Int
        let name: String
        let value: String
    }

    let path: String
    let entries: [Entry]

    /// The value of each name; the last of two counts.
    var values: [String: String] { Dictionary(entries.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 }) }

    /// Reads a file; nil when there is none.
    static func read(_ path: String) throws(ConfigurationError) -> EnvFile? {
        let content: [UInt8]
        do throws(EditedFile.Problem) {
            content = try EditedFile.read(path, limit: maximumBytes)
        } catch {
            if error == .absent { return nil }
            throw ConfigurationError("\(path): \(error.text)")
        }
        guard let text = EditedText.decode(content) else {
            let line = EditedText.firstWrongLine(content)
            throw ConfigurationError("\(path):\(line): is no UTF-8 text; save it as UTF-8")
        }
        return try EnvFile(path: path, text: text)
    }

    /// Far above what settings take.
    private static let maximumBytes = 1 << 20

    /// `NAME=value`, `export NAME="value"  # comment`, `# comment`.
    init(path: String, text: String) throws(ConfigurationError) {
        self.path = path
        var entries: [Entry] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            var rest = line.trimmingCharacters(in: .whitespaces)
            if rest.isEmpty || rest.hasPrefix("#") { continue }
            let words = rest.split(maxSplits: 1, whereSeparator: \.isWhitespace)
            if words.count == 2, words[0] == "export" { rest = words[1].trimmingCharacters(in: .whitespaces) }
            guard let equals = rest.firstIndex(of: "="), equals != rest.startIndex else {
                throw ConfigurationError("\(path):\(index + 1): expected NAME=value")
            }
            let name = rest[..<equals].trimmingCharacters(in: .whitespaces)
            // `set NAME=value`, `$env:NAME=value`: a line that is not understood must not count as one that is not there.
            guard Self.isName(name) else {
                throw ConfigurationError(
                    "\(path):\(index + 1): expected NAME=value; a name has only letters, digits and _, and only `export` "
                        + "may stand before it")
            }
            do throws(Complaint) {
                let value = try Self.value(rest[rest.index(after: equals)...])
                guard !value.utf8.contains(0) else {
                    throw Complaint(message: "the value has a NUL character; remove it")
                }
                entries.append(Entry(line: index + 1, name: name, value: value))
            } catch {
                throw ConfigurationError("\(path):\(index + 1): \(error.message)")
            }
        }
        self.entries = entries
    }

    private static func isName(_ text: String) -> Bool {
        let isLetter = { (byte: UInt8) in byte == 0x5F || 0x41...0x5A ~= byte || 0x61...0x7A ~= byte }
        guard let first = text.utf8.first, isLetter(first) else { return false }
        return text.utf8.allSatisfy { isLetter($0) || 0x30...0x39 ~= $0 }
    }

    private struct Complaint: Error {
        let message: String
    }

    /// The value after the `=`: quoted with escapes, quoted as it is, or plain up to a comment.
    private static func value(_ text: Substring) throws(Complaint) -> String {
        let trimmed = text.trimmingCharacters(in: .whitespaces)
        switch trimmed.first {
        case "\"", "'": return try quoted(trimmed)
        case "“", "”", "„", "‘", "’":
            throw Complaint(message: "curly quotes are part of the value; write \" or ' instead")
        default: break
        }
        // A `#` begins a comment only after white space: tokens may hold one.
        var isAfterSpace = false
        var value = ""
        for character in text {
            if character == "#", isAfterSpace { break }
            isAfterSpace = character.isWhitespace
            value.append(character)
        }
        return value.trimmingCharacters(in: .whitespaces)
    }

    private static func quoted(_ text: String) throws(Complaint) -> String {
        guard let quote = text.first else { return "" }
        var value = ""
        var isEscaped = false
        var rest = text.dropFirst()
        while let character = rest.popFirst() {
            if isEscaped {
                isEscaped = false
                switch character {
                case "n": value.append("\n")
                case "r": value.append("\r")
                case "t": value.append("\t")
                case "\"", "\\", "$", "`": value.append(character)
                default: value.append("\\\(character)")
                }
            } else if character == "\\", quote == "\"" {
                isEscaped = true
            } else if character == quote {
                let behind = rest.trimmingCharacters(in: .whitespaces)
                guard behind.isEmpty || behind.hasPrefix("#") else {
                    throw Complaint(
                        message: "there is more text after the closing quote; remove it or quote all of it")
                }
                return value
            } else {
                value.append(character)
            }
        }
        throw Complaint(message: "the quote is not closed")
    }
}
