public import Bytes
internal import Jobs
internal import Load
package import Pipelines
package import Staging

/// Another account's data would come in, or go out: nothing was asked for and nothing was changed.
public struct AccountError: CommandFailure {
    /// One line that names both firms and says what to do.
    public let description: String

    /// What the process exits with.
    public var exitStatus: ExitStatus { .usage }

    package init(description: String) { self.description = description }
}

/// Everything of a connection that says whose data it is: the job record, the layers, the database.
package struct AccountPins: Sendable {
    /// A place, in words, and the account that it names.
    package let places: [(place: String, account: Account)]
    private let connection: String
    /// Layers that were staged for another connection.
    private let foreign: [LayerOwner]
    /// What makes room for another account.
    private let beginAgain: String?

    package init(
        _ places: [(place: String, account: Account)], connection: String, foreign: [LayerOwner] = [],
        beginAgain: String? = nil
    ) {
        self.places = places
        self.connection = connection
        self.foreign = foreign
        self.beginAgain = beginAgain
    }

    /// Reads them; makes nothing.
    package init(
        _ folder: ConnectionFolder, _ entities: [Entity], database: String,
        isStopped: @escaping @Sendable () -> Bool = { false }
    ) throws {
        let name = folder.connection
        var found: [(place: String, account: Account)] = []
        let store = try JobStore.openExisting(path: folder.jobDatabase, isStopped: isStopped)
        if let text = try store?.account(), let account = Account(json: text) {
            found.append((folder.jobDatabase, account))
        }
        let job = try store?.jobs(connection: name).first { $0.status != .cancelled }
        let inJob = Set(try job.map { try store?.entities(job: $0.id) ?? [] }?.map { "\($0.phase)/\($0.type)" } ?? [])
        var owners: [LayerOwner] = []
        var isBeyondJob = false
        for entity in entities {
            let found = try folder.entity(phase: entity.phase, name: entity.name).owners()
            owners += found
            if !found.isEmpty, !inJob.contains("\(entity.phase)/\(entity.name)") { isBeyondJob = true }
        }
        found += owners.compactMap { owner in owner.account.map { (owner.place, $0) } }
        let isStaged = !found.isEmpty
        let stored = DatabaseCheck.account(database)
        if let stored { found.append((database, stored)) }
        let files = [isStaged ? folder.path : nil, stored.map { _ in database }].compactMap { $0 }
        self.init(
            found, connection: name, foreign: owners.filter { $0.connection ?? name != name },
            // A reset throws away what its job fetched, and leaves the account where there is more.
            beginAgain: job.flatMap { isBeyondJob ? nil : "`cliosync reset \($0.id.prefix(8)) --yes`" }
                ?? (files.isEmpty ? nil : "move \(files.joined(separator: " and ")) away"))
    }

    /// Places of one connection must agree.
    /// - Throws: `AccountError` for a copied folder, or another firm's database or staging folder.
    package func checkEachOther() throws(AccountError) {
        if let layer = foreign.first {
            throw AccountError(
                description:
                    "\(layer.place) was staged for the connection \(layer.connection ?? "?"), not for \(connection); move it back, "
                    + "and give --staging or --connection what belongs together")
        }
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
    package func check(_ account: Account, _ origin: String) throws(AccountError) {
        guard let other = places.first(where: { !$0.account.isSameAccount(as: account) }) else { return }
        throw AccountError(description: text(pinned: other.account, at: other.place, account, origin))
    }

    /// What is wrong with a token of another account.
    package func text(pinned: Account, at place: String, _ account: Account, _ origin: String) -> String {
        // Two firms of one name are told apart by their ids, which `firm` names.
        let region = pinned.site == account.site ? "" : " on \(account.site) instead of \(pinned.site)"
        return "connection \(connection) holds data of \(pinned.firm) (\(place)), but the token from \(origin) is of "
            + "\(account.firm)\(region); use a token of \(pinned.name ?? "the first"), another --connection for "
            + "\(account.name ?? "the other")" + (beginAgain.map { ", or \($0) to begin again" } ?? "")
    }

    /// How a user compares with the previous one; nil if none was known.
    package func relation(_ account: Account) -> Account.Relation? {
        places.first.map { account.relation(to: $0.account) }
    }
}
