internal import Foundation

/// The parameters of a request, decoded, in the order in which they came.
struct Query: Sendable {
    var items: [(name: String, value: String)] = []

    init() {}

    /// Reads `a=b&c=d`, percent-encoded or not; a plus means a space.
    init(encoded: String) {
        items = encoded.split(separator: "&", omittingEmptySubsequences: true).map { pair in
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (Query.decoded(halves[0]), halves.count > 1 ? Query.decoded(halves[1]) : "")
        }
    }

    /// The last value of a parameter, as Clio's framework takes it.
    subscript(_ name: String) -> String? {
        items.last { $0.name == name }?.value
    }

    func all(_ name: String) -> [String] {
        items.filter { $0.name == name }.map(\.value)
    }

    func has(_ name: String) -> Bool {
        items.contains { $0.name == name }
    }

    /// The parameters as a link carries them: everything but letters, digits and `-._~` is percent-encoded.
    var encoded: String {
        items.map { "\(Query.encoded($0.name))=\(Query.encoded($0.value))" }.joined(separator: "&")
    }

    /// Undoes percent-encoding; text that is not properly encoded stays as it is.
    static func decoded(_ text: Substring) -> String {
        let text = text.replacing("+", with: " ")
        return text.removingPercentEncoding ?? String(text)
    }

    static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: unreserved) ?? text
    }

    private static let unreserved = CharacterSet(
        charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
}
