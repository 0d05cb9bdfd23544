public import Pipelines
public import Staging
public import Tables

/// Loads the clean and flagged layers of one connection into its SQLite database.
///
/// Loading the same layers again does nothing. A part and its ledger row are one transaction, so that a kill at any
/// instant leaves whole parts only; all new parts and deletions of a finished entity are one transaction. When the
/// pipeline's table, the clean or the raw generation is another than the one that is loaded, the table is built anew beside
/// the old one and takes its place in one transaction.
public struct Loader: Sendable {
    let catalog: Catalog
    let folder: ConnectionFolder
    let database: String
    let changesKeptDays: Int
    let refresh: RefreshRow

    /// A loader of one connection's staged files into one database file.
    /// - Parameters:
    ///   - changesKeptDays: how long the table `changes` remembers what a load did.
    ///   - refresh: the row of `refreshes` for what it does; loads of the same run share it.
    public init(
        catalog: Catalog, folder: ConnectionFolder, database: String, changesKeptDays: Int = 90,
        refresh: RefreshRow = RefreshRow()
    ) {
        self.changesKeptDays = changesKeptDays
        self.refresh = refresh
        self.catalog = catalog
        self.folder = folder
        self.database = database
    }

    /// Loads entities, in the order given; at the end, unless stopped, checks the references of all loaded tables.
    ///
    /// The work runs on its own threads.
    /// - Parameters:
    ///   - entities: what to load, usually a phase's entities.
    ///   - force: build their tables anew even when nothing changed.
    ///   - stop: looked at between parts, and while another program has the database locked.
    /// - Throws: an error of the code `stopped` when a stop ended such a wait.
    ///   - onEvent: called on the loader's thread.
    /// - Returns: a report for each entity, in order.
    public func load(
        entities: [Entity], force: Bool = false, stop: StopSignal,
        onEvent: @escaping @Sendable (LoadEvent) -> Void = { _ in }
    ) async throws(LoadError) -> [LoadReport] {
        try await onThread { () throws(LoadError) in
            try LoadRun.perform(
                catalog, folder, database: database, changesKeptDays: changesKeptDays, refresh, stop, onEvent: onEvent
            ) { run in
                try run.load(entities, force: force, stop: stop, onEvent: onEvent)
            }
        }
    }

    /// Tells the database which parts its rows are in since a compaction; loads nothing.
    /// - Parameter onEvent: called on the loader's thread.
    public func takeOverCompactions(
        _ entities: [Entity], onEvent: @escaping @Sendable (LoadEvent) -> Void = { _ in }
    ) async throws(LoadError) {
        try await onThread { () throws(LoadError) in
            try LoadRun.perform(
                catalog, folder, database: database, changesKeptDays: changesKeptDays, refresh, StopSignal(),
                onEvent: onEvent
            ) { run in
                for entity in entities {
                    try run.lockLayer(entity.phase)
                    if let staged = try StagedEntity(entity, folder) { try run.takeOverCompaction(staged) }
                }
            }
        }
    }

    /// Removes all rows of one entity from the database: its table is rebuilt from the other entities
    /// that feed it, or dropped when there is none.
    public func unload(_ entity: Entity) async throws(LoadError) {
        try await onThread { () throws(LoadError) in
            try LoadRun.perform(
                catalog, folder, database: database, changesKeptDays: changesKeptDays, refresh, StopSignal(),
                onEvent: { _ in }
            ) { run in try run.unload(entity) }
        }
    }

    /// Runs blocking work on a thread that is not one of Swift's pool.
    private func onThread<T: Sendable>(
        _ work: @escaping @Sendable () throws(LoadError) -> T
    ) async throws(LoadError) -> T {
        try await Worker.run("cliosync.load", work)
    }
}
