/// One column: where its value comes from, what it must be, and how bad it is when it is not.
public struct Column: Sendable, Equatable {
    /// The SQL name, which is also the key in a clean line.
    public let name: String
    /// What people see in place of the name.
    public let title: String?
    /// A sentence for people who ask what the column means; part of the data dictionary.
    public let description: String?
    /// What the value is measured in, for example `seconds`.
    public let unit: String?
    /// Where the value is in the record (or in the element of a nested list): one to three keys.
    public let path: [String]
    /// What the value must be, and what SQLite stores.
    public let type: ColumnType
    /// NULL, and a missing key, are violations.
    public let required: Bool
    /// The only values allowed, as text, or empty for no such rule.
    public let allowed: [String]
    /// Inclusive bounds.
    public let range: ValueRange?
    /// A POSIX extended regular expression that the text must match somewhere; anchor it with `^` and `$`.
    public let pattern: String?
    /// The table or child table whose `id` this column holds.
    public internal(set) var references: String?
    /// Whether SQLite knows the reference. It does not know one from a default phase to a phase on request, whose table may
    /// never exist, nor one to a child table, whose ids need not be unique; both are checked all the same once the table is
    /// loaded.
    public internal(set) var isReferenceDeclared = true
    /// The entity that must be loaded completely before the reference is checked; nil: the table only has to be there.
    public internal(set) var referenceFeeder: TableOwner?
    /// The tables whose `id` this column holds, by what another column says; nil: `references` says it all.
    public internal(set) var typedReference: TypedReference?
    /// What replaces the value before it reaches a file.
    public let mask: ValueMask?
    /// What a violation does. nil: `reject` for the key and for a missing required value, else `warn`.
    public let severity: Severity?

    /// A column from its parts; nothing is checked here.
    public init(
        name: String, title: String? = nil, description: String? = nil, unit: String? = nil, path: [String],
        type: ColumnType,
        required: Bool = false, allowed: [String] = [], range: ValueRange? = nil, pattern: String? = nil,
        references: String? = nil, referenceFeeder: TableOwner? = nil, typedReference: TypedReference? = nil,
        severity: Severity? = nil, mask: ValueMask? = nil
    ) {
        self.name = name
        self.title = title
        self.description = description
        self.unit = unit
        self.path = path
        self.type = type
        self.required = required
        self.allowed = allowed
        self.range = range
        self.pattern = pattern
        self.references = references
        self.referenceFeeder = referenceFeeder
        self.typedReference = typedReference
        self.severity = severity
        self.mask = mask
    }
}

/// What a column holds, in the clean layer and in SQLite.
public enum ColumnType: String, Sendable, CaseIterable {
    /// A JSON integer within 64 bits; INTEGER.
    case integer
    /// A JSON number; REAL.
    case decimal
    /// A JSON string; TEXT.
    case text
    /// `true` or `false`; INTEGER 0 or 1.
    case boolean
    /// `YYYY-MM-DD`; TEXT.
    case date
    /// An instant with `Z` or an offset, written in UTC as `YYYY-MM-DDTHH:MM:SSZ`; TEXT.
    case timestamp
    /// `HH:MM` or `HH:MM:SS`; TEXT, as sent.
    case time
    /// Any JSON value, kept as minified JSON text; a string is kept as its text; TEXT.
    case json
}

/// What extract puts in place of a value, so that the value reaches no file.
public enum ValueMask: String, Sendable, CaseIterable {
    /// A keyed hash (HMAC-SHA256) of the value, as 64 hexadecimal digits: equal values have equal hashes.
    case sha256
    /// NULL.
    case drop
}

/// What a violation does to its record.
public enum Severity: String, Sendable, CaseIterable {
    /// The record is flagged and does not reach the table.
    case reject
    /// The record is flagged and loaded, with NULL in place of the bad value.
    case warn
}

/// Inclusive bounds of a column's value; nil is open.
public struct ValueRange: Sendable, Equatable {
    /// The bounds as written: numbers, or dates or timestamps in the clean layer's form.
    public let minimum: String?
    /// The upper bound, likewise.
    public let maximum: String?

    /// Bounds from their texts; nothing is checked here.
    public init(minimum: String?, maximum: String?) {
        self.minimum = minimum
        self.maximum = maximum
    }
}
