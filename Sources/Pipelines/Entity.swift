/// One kind of Clio record in one phase: what is asked for, and where it goes.
public struct Entity: Sendable, Equatable {
    /// The phase it belongs to.
    public var phase: String
    /// The entity's name, which is also its folder below `raw`, `clean` and `flagged`: `matters`, `time_entries`.
    public var name: String
    /// What people see.
    public var title: String
    /// Where Clio shows one of its records to a person; nil: not known.
    public var link: LinkTemplate?
    /// 1 is fetched first; entities of equal priority go side by side.
    public var priority: Int
    /// The path below `/api/v4/` without `.json`, for example `activities`.
    public var endpoint: String
    /// Query parameters sent with every request of this entity, in order, for example `type=TimeEntry`.
    public var parameters: [Parameter]
    /// What every record must show when Clio honoured `parameters`; Clio ignores unknown parameters without a word.
    public var expectations: [Expectation]
    /// The `order` to ask for; `id(asc)` opens Clio's unlimited cursor. nil: this list knows no order, so that a
    /// pagination ends at 10,000 rows.
    public var order: String?
    /// Records per page to ask for, 1-200 unless the endpoint serves more.
    public var batchSize: Int
    /// The most records the endpoint serves per page: 200 for nearly all.
    public var maximumBatchSize: Int
    /// The environment variable that overrides `batchSize`, for example `SYNC_BATCH_SIZE_MATTERS`.
    public var batchSetting: String?
    /// What `fields` asks for: `id`, or `client{id,name}` for an association.
    public var fields: [String]
    /// Fields that are asked for and have no column, with the reason: `avatar`, or `client` for the rest of an association.
    public var rawOnly: [RawOnlyField]
    /// Fields whose values extract replaces before they reach a file.
    public var masks: [FieldMask]
    /// How the list can be split in time windows, for a list whose pagination would end at 10,000 rows.
    public var windows: Windows?
    /// What the list offers to see only its newer records.
    public var since: Since
    /// Whether `--recent` fetches its newest records before its history.
    public var isRecentFirst: Bool
    /// The record counts at which a firm stops being small, medium and large; empty for an entity that says nothing of
    /// a firm's size.
    public var firmSizes: [Int]
    /// The filters that cut the list into groups.
    public var groupings: [Grouping]
    /// The table, already resolved when the file only names another phase's definition.
    public var table: Table
    /// The phase and entity that define the table (this one, or the one named by `use`).
    public var tableDefinedIn: TableOwner

    /// An entity from its parts; nothing is checked here.
    public init(
        phase: String, name: String, title: String, priority: Int, endpoint: String, parameters: [Parameter],
        expectations: [Expectation], order: String?, batchSize: Int, maximumBatchSize: Int, batchSetting: String?,
        fields: [String], windows: Windows?, since: Since = Since(), isRecentFirst: Bool = false,
        firmSizes: [Int] = [], groupings: [Grouping] = [], rawOnly: [RawOnlyField] = [],
        masks: [FieldMask] = [], table: Table, tableDefinedIn: TableOwner
    ) {
        self.phase = phase
        self.name = name
        self.title = title
        self.priority = priority
        self.endpoint = endpoint
        self.parameters = parameters
        self.expectations = expectations
        self.order = order
        self.batchSize = batchSize
        self.maximumBatchSize = maximumBatchSize
        self.batchSetting = batchSetting
        self.fields = fields
        self.rawOnly = rawOnly
        self.masks = masks
        self.windows = windows
        self.since = since
        self.isRecentFirst = isRecentFirst
        self.firmSizes = firmSizes
        self.groupings = groupings
        self.table = table
        self.tableDefinedIn = tableDefinedIn
    }

    /// The value of the `fields` parameter.
    public var fieldsParameter: String { fields.joined(separator: ",") }
}

/// A field that is kept in the raw files only.
public struct RawOnlyField: Sendable, Equatable {
    /// One or two keys; an association covers all its fields that have no column.
    public let path: [String]
    /// Why it has no column.
    public let reason: String

    /// One from its parts.
    public init(path: [String], reason: String) {
        self.path = path
        self.reason = reason
    }
}

/// A query parameter, unencoded.
public struct Parameter: Sendable, Equatable {
    /// For example `type` or `status[]`.
    public let name: String
    /// Its value.
    public let value: String

    /// A parameter from its parts.
    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

/// A value that every record of an entity must have at a path, as JSON text: `"TimeEntry"`, `true`.
public struct Expectation: Sendable, Equatable {
    /// Where: one or two keys.
    public let path: [String]
    /// The expected value as minified JSON.
    public let json: String

    /// An expectation from its parts.
    public init(path: [String], json: String) {
        self.path = path
        self.json = json
    }
}

/// The parameters that leave out what is older than a moment; open upwards.
public struct Since: Sendable, Equatable {
    /// Records created since: `created_since`. It lets one list be fetched in several partitions at once.
    public let created: String?
    /// Records created or changed since: `updated_since`. It catches what changes while the list is fetched.
    public let updated: String?

    /// Parameters by their names; nil: the list has no such filter.
    public init(created: String? = nil, updated: String? = nil) {
        self.created = created
        self.updated = updated
    }
}

/// A pair of parameters that cut a list in time: those records that end on or after the lower and begin on or before
/// the upper bound.
public struct Windows: Sendable, Equatable {
    /// The parameter of the lower bound, for example `from`.
    public let lowerParameter: String
    /// The parameter of the upper bound, for example `to`.
    public let upperParameter: String
    /// The field that says when a record begins, for example `start_at`.
    public let startField: String
    /// The field that says when a record ends, for example `end_at`.
    public let endField: String
    /// Whether bounds are written as timestamps or as dates.
    public let boundType: ColumnType

    /// Windows from their parts.
    public init(
        lowerParameter: String, upperParameter: String, startField: String, endField: String, boundType: ColumnType
    ) {
        self.lowerParameter = lowerParameter
        self.upperParameter = upperParameter
        self.startField = startField
        self.endField = endField
        self.boundType = boundType
    }
}

/// Where a table is defined.
public struct TableOwner: Sendable, Equatable {
    /// The phase whose file defines it.
    public let phase: String
    /// The entity below which it is defined.
    public let entity: String

    /// An owner from its parts.
    public init(phase: String, entity: String) {
        self.phase = phase
        self.entity = entity
    }
}
