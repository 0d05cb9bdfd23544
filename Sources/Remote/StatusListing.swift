internal import Staging

/// The states of all firms in a store: what each machine stores of its firm while it works.
///
/// A look is one listing, and a request for each firm that changed since the last one. One caller at a time.
public actor StatusListing {
    /// A firm's state.
    public struct Firm: Sendable, Equatable {
        /// The connection.
        public let connection: String
        /// The object of `status --json`, as it was stored.
        public let document: [UInt8]
        /// When it was stored, seconds since 1970, by the store's clock.
        public let storedAt: Double
        /// Changes with the document.
        public let version: String
    }

    static let prefix = "status/"
    static let suffix = ".json"

    private let store: ObjectStore
    private var known: [String: Firm] = [:]

    /// A listing; it asks for nothing yet.
    public init(_ store: ObjectStore) { self.store = store }

    /// All firms, by name.
    public func look() async throws -> [Firm] {
        let listed = try await store.list(Self.prefix).compactMap { object -> (name: String, object: ListedObject)? in
            guard object.key.hasSuffix(Self.suffix) else { return nil }
            let name = String(object.key.dropFirst(Self.prefix.count).dropLast(Self.suffix.count))
            // A firm may be called as this folder is: what lies deeper is its.
            return name.contains("/") ? nil : (name, object)
        }
        let changed = listed.filter { name, object in known[name]?.version != Self.version(object) }
        let fetched = try await fetch(changed)
        var next: [String: Firm] = [:]
        for (name, object) in listed {
            if let firm = fetched[name] ?? known[name], let storedAt = Moment.seconds(object.modified) {
                next[name] = Firm(
                    connection: name, document: firm.document, storedAt: storedAt, version: firm.version)
            }
        }
        known = next
        return next.values.sorted { $0.connection < $1.connection }
    }

    private static func version(_ object: ListedObject) -> String {
        "\(object.etag ?? "") \(object.modified) \(object.bytes)"
    }

    private func fetch(_ changed: [(name: String, object: ListedObject)]) async throws -> [String: Firm] {
        let store = store
        return try await withThrowingTaskGroup(of: Firm?.self) { group in
            var fetched: [String: Firm] = [:]
            var rest = changed[...]
            func add() {
                guard let (name, object) = rest.popFirst() else { return }
                group.addTask {
                    // One that was deleted meanwhile is gone with the next listing.
                    guard let found = try await store.get(object.key) else { return nil }
                    return Firm(
                        connection: name, document: found.bytes, storedAt: 0, version: Self.version(object))
                }
            }
            for _ in 0..<8 { add() }
            for try await firm in group {
                if let firm { fetched[firm.connection] = firm }
                add()
            }
            return fetched
        }
    }
}
