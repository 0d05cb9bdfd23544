internal import JSON

/// The keys of a record that Clio sent, against the fields that were requested.
struct AnsweredFields: Equatable {
    /// Keys that no requested field covers: `color`, or `client.color`.
    private(set) var unrequested: [String] = []
    /// Requested fields that the record lacks. Of associations only the whole: which fields Clio sends of one may depend on
    /// its type.
    private(set) var missing: [String] = []

    /// - Parameter requested: `id`, or `client{id,name}`.
    init(_ record: JSONValue, requested: [String]) {
        guard record.kind == .object else { return }
        var inner: [String: [Substring]?] = [:]
        for field in requested {
            guard let open = field.firstIndex(of: "{") else {
                inner.updateValue(nil, forKey: field)
                continue
            }
            let list = field[field.index(after: open)...].dropLast()
            inner[String(field[..<open])] = list.split(separator: ",")
        }
        var keys: Set<String> = []
        record.forEachMember { key, value in
            let key = String(decoding: key, as: UTF8.self)
            keys.insert(key)
            guard let selection = inner[key] else { return unrequested.append(key) }
            guard let list = selection else { return }
            // Of a list of records, each may have keys of its own.
            var names: [String] = []
            func collect(_ object: JSONValue) {
                object.forEachMember { key, _ in
                    let name = String(decoding: key, as: UTF8.self)
                    if !list.contains(Substring(name)), !names.contains(name) { names.append(name) }
                }
            }
            collect(value)
            value.forEachElement { collect($0) }
            unrequested += names.map { "\(key).\($0)" }
        }
        missing = requested.map { String($0.prefix { $0 != "{" }) }.filter { !keys.contains($0) }
    }
}
