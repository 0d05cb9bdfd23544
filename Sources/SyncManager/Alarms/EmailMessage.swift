internal import Foundation

/// A plain text mail, by RFC 5322.
struct EmailMessage: Sendable, Equatable {
    var from: String
    var to: [String]
    var subject: String
    var body: String
    /// Seconds since 1970.
    var date: Double
    /// The part of the message's id before the sign.
    var id: String

    /// Headers and body as SMTP sends them: CR LF, nothing but ASCII, no line longer than 76.
    var text: String {
        let host = from.split(separator: "@").last.map(String.init) ?? "localhost"
        let headers = [
            "From: cliosync <\(from)>", "To: \(to.joined(separator: ",\r\n "))", "Subject: \(Self.encoded(subject))",
            "Date: \(Self.date(date))", "Message-ID: <\(id)@\(host)>", "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: quoted-printable",
            // No answer of an absent person's mail program.
            "Auto-Submitted: auto-generated",
        ]
        return (headers + ["", Self.quotedPrintable(body)]).joined(separator: "\r\n") + "\r\n"
    }

    /// `Mon, 30 Nov 2026 16:00:00 +0000`.
    private static func date(_ seconds: Double) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(secondsFromGMT: 0)
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss Z"
        return formatter.string(from: Date(timeIntervalSince1970: seconds))
    }

    /// A header's text; in encoded words (RFC 2047) where it is more than short ASCII. A line feed would begin another header.
    static func encoded(_ text: String) -> String {
        let line = String(text.map { $0.isNewline ? " " : $0 })
        let isPlain = line.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
        if isPlain, line.utf8.count <= 200 { return folded(line) }
        var words: [String] = []
        var word: [UInt8] = []
        for character in line {
            let bytes = Array(String(character).utf8)
            if word.count + bytes.count > 39 {
                words.append("=?utf-8?B?\(Data(word).base64EncodedString())?=")
                word = []
            }
            word += bytes
        }
        words.append("=?utf-8?B?\(Data(word).base64EncodedString())?=")
        return words.joined(separator: "\r\n ")
    }

    /// Broken before words, as long headers may be.
    private static func folded(_ line: String) -> String {
        var lines: [String] = []
        for word in line.split(separator: " ", omittingEmptySubsequences: false) {
            if let last = lines.last, last.utf8.count + 1 + word.utf8.count <= 66 {
                lines[lines.count - 1] = last + " " + word
            } else {
                lines.append(String(word))
            }
        }
        return lines.joined(separator: "\r\n ")
    }

    /// RFC 2045: what is not plain ASCII as `=XX`, long lines with soft breaks.
    static func quotedPrintable(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let bytes = Array(line.utf8)
            var lines: [String] = [""]
            for (index, byte) in bytes.enumerated() {
                let isLast = index == bytes.count - 1
                // A space at the end of a line may be lost on the way.
                let isPlain = byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "=") || byte == 0x20 && !isLast
                let digits = String(byte, radix: 16, uppercase: true)
                let piece = isPlain ? String(UnicodeScalar(byte)) : "=" + (digits.count < 2 ? "0" : "") + digits
                if lines[lines.count - 1].count + piece.count > 75 {
                    lines[lines.count - 1] += "="
                    lines.append("")
                }
                lines[lines.count - 1] += piece
            }
            return lines.joined(separator: "\r\n")
        }.joined(separator: "\r\n")
    }
}
