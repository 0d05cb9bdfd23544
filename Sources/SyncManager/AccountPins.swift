public import Bytes
internal import Jobs
internal import Load
internal import Pipelines
internal import Staging

/// Another account's data would come in, or go out: nothing was asked for and nothing was changed.
public struct AccountError: CommandFailure {
    /// One line that names both firms and says what to do.
    public let description: String

    /// What the process exits with.
    public var exitStatus: ExitStatus { .usage }
}

/// Everything of a connection that says whose data it is: the job record, the layers, the database.
struct AccountPins: Sendable {
    /// A place, in words, and the account that it names.
    let places: [(place: String, account: Account)]
    private let connection: String

    init(_ places: [(place: String, account: Account)], connection: String) {
        self.places = places
        self.connection = connection
    }

    /// Reads those of a manager's connection.
    init(_ manager: SyncManager) throws {
        try self.init(manager.folder, manager.catalog.entities, database: manager.configuration.database)
    }

    /// Reads them; makes nothing.
    init(_ folder: ConnectionFolder, _ entities: [Entity], database: String) throws {
        var found: [(place: String, account: Account)] = []
        if let text = try JobStore.openExisting(path: folder.jobDatabase)?.account(), let account = Account(json: text)
        {
            found.append((folder.jobDatabase, account))
        }
        for entity in entities {
            found += try folder.entity(phase: entity.phase, name: entity.name).accounts()
        }
        if let account = DatabaseCheck.account(database) {
            found.append((database, account))
        }
        self.init(found, connection: folder.connection)
    }

    /// Places of one connection must agree.
    /// - Throws: `AccountError` for a copied folder, or another firm's database or staging folder.
    func checkEachOther() throws(AccountError) {
        guard let first = places.first,
            let other = places.first(where: { !$0.account.isSameAccount(as: first.account) })
        else { return }
        throw AccountError(
            description:
                "\(first.place) is of \(first.account.firm), but \(other.place) is of \(other.account.firm); give --staging, "
                + "--database or --connection the one that belongs to the other")
    }

    /// The account of a token must be that of all places.
    /// - Throws: `AccountError` that names both firms.
    func check(_ account: Account, _ origin: String) throws(AccountError) {
        guard let other = places.first(where: { !$0.account.isSameAccount(as: account) }) else { return }
        throw AccountError(description: Self.text(pinned: other.account, at: other.place, account, origin, connection))
    }

    static func text(pinned: Account, at place: String, _ account: Account, _ origin: String, _ connection: String)
        -> String
    {
        // Two firms of one name are told apart by their ids, which `firm` names.
        let region = pinned.site == account.site ? "" : " on \(account.site) instead of \(pinned.site)"
        return "connection \(connection) holds data of \(pinned.firm) (\(place)), but the token from \(origin) is of "
            + "\(account.firm)\(region); use a token of \(pinned.name ?? "the first"), another --connection for "
            + "\(account.name ?? "the other"), or `cliosync reset` to begin again"
    }

    /// How a user stands to the one before; nil when nothing was known.
    func relation(_ account: Account) -> Account.Relation? { places.first.map { account.relation(to: $0.account) } }
}
