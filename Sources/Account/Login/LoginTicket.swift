internal import Foundation
internal import Hashing

/// One attempt to log in: the secrets that tie the browser's answer to this process.
public struct LoginTicket: Sendable {
    /// Where Clio sends the browser when the person has decided.
    public let redirect: String
    /// What the person opens in a browser.
    public internal(set) var url = ""
    let state: String
    let verifier: String

    /// - Parameters:
    ///   - state: drawn by chance; given in tests.
    ///   - verifier: likewise.
    init(redirect: String, state: String = random(24), verifier: String = random(48)) {
        self.redirect = redirect
        self.state = state
        self.verifier = verifier
    }

    /// The S256 challenge of RFC 7636.
    var challenge: String { Self.base64(SHA256.hash(verifier)) }

    /// The code in the browser's answer.
    /// - Parameter query: the part after the question mark, encoded.
    func code(in query: String) throws(LoginError) -> String {
        let items = Self.items(query)
        // An answer without our state may be anybody's, an error too.
        guard items["state"] == state else {
            throw LoginError(
                .state,
                "the browser's answer belongs to another login (its state differs); close old Clio windows and log in "
                    + "again with the address printed last")
        }
        if let error = items["error"] {
            if error == "access_denied" {
                throw LoginError(
                    .denied,
                    "access was denied in the browser; log in again and allow it, as a user who sees everything")
            }
            let name = error.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } ? String(error.prefix(64)) : "an error"
            throw LoginError(.refused, "Clio answered \(name); check the application's redirect addresses and scopes")
        }
        guard let code = items["code"], !code.isEmpty else {
            throw LoginError(.answer, "the browser's answer holds no code; log in again")
        }
        return code
    }

    /// The code that a person pasted: by itself, or the whole address that the browser ended at.
    func code(pasted text: String) throws(LoginError) -> String {
        let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard let mark = text.firstIndex(of: "?") else {
            guard !text.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !text.contains("/") else {
                throw LoginError(
                    .answer, "nothing usable was pasted; paste the code, or the whole address that the browser ended at"
                )
            }
            return text
        }
        return try code(in: String(text[text.index(after: mark)...].prefix { $0 != "#" }))
    }

    private static func items(_ query: String) -> [String: String] {
        var items: [String: String] = [:]
        for pair in query.split(separator: "&") {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = halves.count > 1 ? halves[1].replacing("+", with: "%20") : ""
            items[String(halves[0])] = String(value).removingPercentEncoding ?? String(value)
        }
        return items
    }

    /// So many random bytes of the system's generator, as URL-safe base64.
    private static func random(_ count: Int) -> String {
        var generator = SystemRandomNumberGenerator()
        return base64((0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) })
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
