public import Tables

/// What a load did for one entity, and what of it is in the database now.
public struct LoadReport: Sendable, Equatable {
    /// The phase.
    public var phase: String
    /// The entity.
    public var entity: String
    /// The table that it feeds.
    public var table: String
    /// How it ended.
    public var status: Status
    /// Whether the table was built anew beside the old one.
    public var rebuilt = false
    /// Parts that this run loaded.
    public var partsLoaded = 0
    /// Parts that had been loaded before.
    public var partsSkipped = 0
    /// What this run loaded.
    public var run = LoadCounts()
    /// Rows that this run deleted because Clio no longer has their records; of all lists that feed the table.
    public var deleted = 0
    /// What all loaded parts of the entity hold together.
    public var total = LoadCounts()
    /// Rows of the table that hold a record of the entity.
    public var rows = 0
    /// Wall time of this run in seconds.
    public var seconds = 0.0

    /// How the load of an entity ended.
    public enum Status: String, Sendable {
        /// All that was extracted is loaded, and the extract is complete.
        case complete
        /// All staged parts are loaded, but the extract is not complete or part of it is not transformed yet.
        case partial
        /// A stop came before the last part.
        case stopped
        /// There is no clean layer: transform has not run.
        case missing
    }
}

/// Records of parts, counted by what became of them: `accepted` = `inserted` + `updated` + `older`.
public struct LoadCounts: Sendable, Equatable {
    /// Raw records.
    public var records = 0
    /// Records in the clean layer.
    public var accepted = 0
    /// Records that are flagged and not loaded.
    public var rejected = 0
    /// Records that are flagged and loaded.
    public var warned = 0
    /// Accepted records that became a row where there was none.
    public var inserted = 0
    /// Accepted records that took the place of an older version.
    public var updated = 0
    /// Accepted records older than the version that was there.
    public var older = 0
    /// Accepted records whose id an earlier accepted record of the same entity had.
    public var duplicates = 0

    /// Makes a count of nothing.
    public init() {}

    /// Adds another count.
    public static func += (sum: inout LoadCounts, other: LoadCounts) {
        sum.records += other.records
        sum.accepted += other.accepted
        sum.rejected += other.rejected
        sum.warned += other.warned
        sum.inserted += other.inserted
        sum.updated += other.updated
        sum.older += other.older
        sum.duplicates += other.duplicates
    }
}

/// What happens during a load, told on the loader's own thread.
public enum LoadEvent: Sendable {
    /// An entity begins; `records` are still to be loaded.
    case began(phase: String, entity: String, table: String, parts: Int, records: Int, rebuild: Bool)
    /// A part is committed (into the shadow table during a rebuild).
    case loaded(phase: String, entity: String, part: String, counts: LoadCounts)
    /// The indexes of a table are being made.
    case indexing(table: String)
    /// An index or a trigger that another program made on a rebuilt table does not fit the new one and was dropped.
    case lost(kind: String, name: String, reason: String)
    /// A table must be filled anew by a load of another phase.
    case waiting(table: String, reason: String)
    /// The references of all loaded tables are being checked.
    case checkingReferences
    /// An entity is done.
    case ended(LoadReport)
    /// The load is done, and nothing else wrote to the database meanwhile.
    case wrote(LoadSpan)
}
