internal import Bytes
internal import Foundation
internal import HTTP
internal import Pipelines
internal import Remote

/// A type of settings: which texts it accepts, and what they mean.
public struct SettingKind<Value: Sendable>: Sendable {
    /// The values that are accepted, for the documents: `1 to 1000`.
    let values: String
    /// Reads a text that is not empty.
    /// - Throws: what was expected. The message never repeats the text, which may be a secret.
    let read: @Sendable (String) throws(ConfigurationError) -> Value

    init(_ values: String, read: @escaping @Sendable (String) throws(ConfigurationError) -> Value) {
        self.values = values
        self.read = read
    }
}

extension SettingKind where Value == Int {
    static func integer(_ range: ClosedRange<Int>) -> SettingKind {
        SettingKind("\(range.lowerBound) to \(range.upperBound)") { text throws(ConfigurationError) in
            guard let value = Int(text), range.contains(value) else {
                throw ConfigurationError("expected a whole number from \(range.lowerBound) to \(range.upperBound)")
            }
            return value
        }
    }
}

extension SettingKind where Value == Double {
    static func decimal(_ range: ClosedRange<Double>) -> SettingKind {
        SettingKind("\(range.lowerBound) to \(range.upperBound)") { text throws(ConfigurationError) in
            guard let value = Double(text), range.contains(value) else {
                throw ConfigurationError("expected a number from \(range.lowerBound) to \(range.upperBound)")
            }
            return value
        }
    }
}

extension SettingKind where Value == String {
    static var text: SettingKind { SettingKind("text") { $0 } }

    static func text(atLeast length: Int) -> SettingKind {
        SettingKind("\(length) characters or more") { text throws(ConfigurationError) in
            guard text.utf8.count >= length else { throw ConfigurationError("expected \(length) characters or more") }
            return text
        }
    }

    /// One of some words, in lower or upper case.
    static func choice(_ words: [String]) -> SettingKind {
        SettingKind(words.joined(separator: ", ")) { text throws(ConfigurationError) in
            guard words.contains(text.lowercased()) else {
                throw ConfigurationError("expected one of \(words.joined(separator: ", "))")
            }
            return text.lowercased()
        }
    }

    static var webAddress: SettingKind {
        SettingKind("http or https address") { text throws(ConfigurationError) in
            guard WebAddress(text) != nil else { throw ConfigurationError("expected a whole https or http address") }
            return text
        }
    }

    static var objectStore: SettingKind {
        SettingKind("s3://BUCKET/PREFIX") { text throws(ConfigurationError) in
            guard StoreLocation(text) != nil else {
                throw ConfigurationError("expected s3://BUCKET or s3://BUCKET/PREFIX")
            }
            return text
        }
    }

    /// The address of an object store.
    static var storeEndpoint: SettingKind {
        SettingKind("https://HOST") { text throws(ConfigurationError) in
            guard let address = WebAddress(text), address.path == "/", address.query == nil else {
                throw ConfigurationError("expected https://HOST without a path; the bucket belongs into SYNC_REMOTE")
            }
            guard address.scheme == "https" || address.isLoopback else {
                throw ConfigurationError(
                    "plain http is for this machine only, since records would travel in the clear; use https")
            }
            return text
        }
    }

    /// The address of a Clio host, without the slash at its end.
    static var clioHost: SettingKind {
        SettingKind("https://HOST") { text throws(ConfigurationError) in
            guard let url = URL(string: text), let scheme = url.scheme?.lowercased(), let host = url.host,
                !host.isEmpty, scheme == "https" || scheme == "http", url.query == nil, url.user == nil
            else { throw ConfigurationError("expected https://HOST, for example https://eu.app.clio.com") }
            guard scheme == "https" || ["127.0.0.1", "localhost", "::1", "[::1]"].contains(host) else {
                throw ConfigurationError(
                    "plain http is for this machine only, since a token would travel in the clear; use https")
            }
            return text.hasSuffix("/") ? String(text.dropLast()) : text
        }
    }
}

extension SettingKind where Value == [String] {
    /// Names that are separated by commas.
    static var names: SettingKind {
        SettingKind("NAME,NAME") { text throws(ConfigurationError) in
            let names = text.split(separator: ",", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
            guard !names.contains("") else { throw ConfigurationError("expected names separated by commas") }
            return names
        }
    }
}

extension SettingKind where Value == [AlarmKind] {
    /// Kinds of alarms that are separated by commas.
    static var alarms: SettingKind {
        let known = AlarmKind.allCases.map(\.rawValue)
        return SettingKind(known.joined(separator: ", ")) { text throws(ConfigurationError) in
            var kinds: [AlarmKind] = []
            for name in try SettingKind<[String]>.names.read(text) {
                guard let kind = AlarmKind(rawValue: name) else {
                    throw ConfigurationError(
                        "expected some of \(known.joined(separator: ", "))\(Suggestion.hint(name, among: known))")
                }
                kinds.append(kind)
            }
            return kinds
        }
    }
}

extension SettingKind where Value == [String] {
    /// Addresses of people that are separated by commas.
    static var mailAddresses: SettingKind {
        SettingKind("NAME@HOST,NAME@HOST") { text throws(ConfigurationError) in
            var addresses: [String] = []
            for name in try names.read(text) { addresses.append(try SettingKind<String>.mailAddress.read(name)) }
            return addresses
        }
    }
}

extension SettingKind where Value == String {
    static var mailAddress: SettingKind {
        SettingKind("NAME@HOST") { text throws(ConfigurationError) in
            let parts = text.split(separator: "@", omittingEmptySubsequences: false)
            guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }),
                text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"<>(),;:\\\"".utf8.contains($0) })
            else { throw ConfigurationError("expected plain addresses such as ops@example.com") }
            return text
        }
    }

    /// The address of a mail server.
    static var mailServer: SettingKind {
        SettingKind("smtp://HOST:PORT or smtps://HOST") { text throws(ConfigurationError) in
            guard MailServer(text) != nil else {
                throw ConfigurationError(
                    "expected smtp://HOST, smtp://HOST:PORT or smtps://HOST; user and password are settings of their own"
                )
            }
            return text
        }
    }
}

extension SettingKind where Value == DigestSchedule {
    static var digest: SettingKind {
        SettingKind("DAY TIME ZONE") { text throws(ConfigurationError) in try DigestSchedule(text) }
    }
}

extension SettingKind where Value == SyncWindow {
    static var window: SettingKind {
        SettingKind("FROM-TO ZONE") { text throws(ConfigurationError) in try SyncWindow(text) }
    }
}
