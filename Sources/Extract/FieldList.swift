internal import Pipelines
internal import Staging

/// The fields to ask for: all of the pipeline's but those that Clio refused.
struct FieldList: Sendable {
    private(set) var wanted: [String]

    init(_ entity: Entity, manifest: RawManifest) {
        wanted = entity.fields
        for case .fieldRefused(let field) in manifest.events { drop(field) }
    }

    init(wanted: [String]) { self.wanted = wanted }

    var parameter: String { wanted.joined(separator: ",") }

    /// Leaves out a field, `status` or `client{id,name}`, or one inside an association, `client.name`.
    mutating func drop(_ field: String) {
        guard let dot = field.firstIndex(of: ".") else {
            wanted.removeAll { $0 == field }
            return
        }
        let (outer, inner) = (field[..<dot], field[field.index(after: dot)...])
        wanted = wanted.compactMap { entry in
            guard Self.head(entry) == outer else { return entry }
            let left = Self.inner(entry).filter { $0 != inner }
            return left.isEmpty ? nil : "\(outer){\(left.joined(separator: ","))}"
        }
    }

    /// The field, or the association.
    static func head(_ entry: String) -> Substring { entry.prefix { $0 != "{" } }

    /// The fields inside an association's braces.
    static func inner(_ entry: String) -> [Substring] {
        guard let open = entry.firstIndex(of: "{"), entry.hasSuffix("}") else { return [] }
        return entry[entry.index(after: open)...].dropLast().split(separator: ",")
    }

    /// The one field that a message of Clio's names; nil when it names none or several.
    func named(in message: String) -> String? {
        let words = Set(
            message.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map { String($0) })
        let outer = wanted.filter { words.contains(String(Self.head($0))) && $0 != "id" }
        let inner = wanted.flatMap { entry in
            Self.inner(entry).filter { words.contains(String($0)) && $0 != "id" && $0 != "name" }
                .map { "\(Self.head(entry)).\($0)" }
        }
        if inner.count == 1 && (outer.isEmpty || outer.allSatisfy { inner[0].hasPrefix(Self.head($0) + ".") }) {
            return inner[0]
        }
        return outer.count == 1 && inner.isEmpty ? outer[0] : nil
    }
}
