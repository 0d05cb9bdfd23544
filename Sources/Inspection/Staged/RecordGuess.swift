internal import JSON
internal import Pipelines

/// Says whether a record is one of an entity, by the names of its members: every kind has an id and times.
struct RecordGuess {
    private let target: Entity
    private let targetFields: Set<String>
    private let others: [(name: String, fields: Set<String>)]
    private let keyPath: [String]
    private static let common: Set<String> = ["id", "etag", "created_at", "updated_at"]

    init(_ entity: Entity, among entities: [Entity]) {
        target = entity
        targetFields = Self.fields(entity)
        others = entities.filter { $0.table.name != entity.table.name }.map { ($0.name, Self.fields($0)) }
        keyPath = entity.table.column(named: Table.keyColumn)?.path ?? [Table.keyColumn]
    }

    private static func fields(_ entity: Entity) -> Set<String> {
        let asked = entity.fields.map { String($0.prefix { $0 != "{" }) }
        let table = entity.table.columns.compactMap(\.path.first) + entity.table.children.compactMap(\.path.first)
        return Set(asked + table).subtracting(common)
    }

    /// Whether this may be a record of the entity.
    func accepts(_ record: JSONValue) -> Bool {
        var id: JSONValue? = record
        for key in keyPath { id = id?[key] }
        guard record.kind == .object, id?.int64 != nil || id?.string?.isEmpty == false else { return false }
        let own = names(record)
        let known = own.count { targetFields.contains($0) }
        if known == 0, !own.isEmpty { return false }
        return !others.contains { other in own.count { other.fields.contains($0) } > known + 1 }
    }

    /// The kind that a record looks like most.
    func looksLike(_ record: JSONValue) -> String? {
        let own = names(record)
        let best = others.max { left, right in
            own.count { left.fields.contains($0) } < own.count { right.fields.contains($0) }
        }
        return best.flatMap { best in own.count { best.fields.contains($0) } > 1 ? best.name : nil }
    }

    private func names(_ record: JSONValue) -> Set<String> {
        var names: Set<String> = []
        record.forEachMember { key, _ in names.insert(String(decoding: key, as: UTF8.self)) }
        return names.subtracting(Self.common)
    }
}
