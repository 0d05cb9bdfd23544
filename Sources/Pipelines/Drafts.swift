/// An entity as one file has it: its table may still be the name of another definition.
struct EntityDraft {
    let entity: Entity
    let place: YAMLValue
    let fields: FieldList
    let table: TableSource
    let groups: [GroupDraft]
}

/// Where an entity's table comes from.
enum TableSource {
    case defined(TableDraft)
    case used(phase: String, entity: String, place: YAMLValue)
    /// Already complained about.
    case broken
}

/// A table and the places to point at when it does not fit the other files.
struct TableDraft {
    let table: Table
    let place: YAMLValue
    let columns: [ColumnDraft]
    let children: [ChildDraft]
}

struct ChildDraft {
    let child: ChildTable
    let place: YAMLValue
    let columns: [ColumnDraft]
}

struct ColumnDraft {
    let column: Column
    let place: YAMLValue
    let reference: YAMLValue?
    var typed: TypedReferenceDraft?
    var mask: YAMLValue?
}

/// A reference by type, and where to point at.
struct TypedReferenceDraft {
    let reference: TypedReference
    /// By the type.
    let places: [String: YAMLValue]
    let by: YAMLValue
}
