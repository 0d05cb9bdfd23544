/// A block of keys of which all are known.
struct YAMLObject {
    let value: YAMLValue
    let what: String
    private let members: [String: YAMLValue]

    /// nil, and a complaint, when it is no block of keys; unknown keys are complained about and left out.
    init?(_ value: YAMLValue, _ what: String, keys: [String]) {
        guard let entries = value.entries(what) else { return nil }
        self.value = value
        self.what = what
        var members: [String: YAMLValue] = [:]
        for entry in entries {
            guard keys.contains(entry.name) else {
                entry.key.report(
                    "unknown key \"\(entry.name)\"" + Suggestion.hint(entry.name, among: keys)
                        + " (\(what) knows \(keys.joined(separator: ", ")))")
                continue
            }
            members[entry.name] = entry.value
        }
        self.members = members
    }

    /// The value of a key that may be left out; `null` counts as left out.
    subscript(_ key: String) -> YAMLValue? {
        guard let value = members[key], !value.isNull else { return nil }
        return value
    }

    /// The value of a key that must be there, or nil and a complaint.
    func required(_ key: String) -> YAMLValue? {
        guard let value = members[key] else {
            self.value.report("\(what): the key \"\(key)\" is missing")
            return nil
        }
        guard !value.isNull else {
            value.report("\(key): expected a value, got nothing")
            return nil
        }
        return value
    }
}
