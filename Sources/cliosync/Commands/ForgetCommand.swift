import ArgumentParser
import Staging
import Account

struct ForgetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget",
        abstract: "Remove everything of a firm from this machine and from its object store, with a receipt.",
        discussion: """
            Says what would go and changes nothing, unless --yes is given. Then it stops the firm's sync, revokes its \
            consent at Clio, and deletes what the store of SYNC_REMOTE has of the firm, login, settings, database, exports, \
            staged files, job record and history. The \
            receipt says what was removed, with counts, sizes and SHA-256 digests, and no value of a record. Interrupted, \
            the same command continues. Exports are known as long as they are where `cliosync export` wrote them.

            Examples:
              cliosync forget smith
              cliosync forget smith --yes
              cliosync forget smith --yes --receipt /srv/receipts/smith.json
            """)

    @Argument(help: "The firm's connection.", completion: Completions.connections) var firm: String
    @OptionGroup var common: CommonOptions
    @Flag(help: "Really remove it.") var yes = false
    @Flag(help: "Leave the consent at Clio alone.") var local = false
    @Option(
        help: ArgumentHelp("Where the receipt goes (default: receipts/FIRM-TIME.json).", valueName: "file"),
        completion: .file())
    var receipt: String?

    func validate() throws {
        guard common.chosenConnection == nil || common.chosenConnection == firm else {
            throw ValidationError("name the firm once: cliosync forget \(firm)")
        }
    }

    func run() async throws {
        var common = common
        common.connection = firm
        let stop = StopSignal()
        let signals = SignalTrap(stop)
        defer { signals.cancel() }
        // A store that cannot be named would be left out silently.
        let settings = try common.settings(nil, for: [.remote])
        let removal = try FirmRemoval(
            connection: firm, staging: common.staging, database: common.databasePath, settings: settings, stop: stop)
        guard yes else {
            let inventory = try removal.inventory()
            return Output.print(ForgetPreview(inventory), json: common.json) { Self.text(inventory) }
        }
        let (done, path) = try await removal.run(receipt: receipt, revokes: !local)
        defer { Terminal.acceptLostReport("the receipt is in \(Terminal.safe(path))") }
        Output.print(done, json: common.json) {
            Self.table(done.items) + "\n\n" + Self.remaining(done.remaining)
                + "\(firm) is removed from this machine"
                + (done.storedObjects.map { " and from the store (\(Format.count($0)) objects)" } ?? "")
                + " · consent: \(Terminal.safe(done.consent)) · receipt: \(Terminal.safe(path))"
        }
    }

    private static func text(_ inventory: FirmInventory) -> String {
        guard !inventory.isEmpty else { return "there is nothing of \(inventory.connection) in this folder" }
        let bytes = inventory.items.reduce(0) { $0 + $1.bytes }
        return table(inventory.items) + "\n\n" + remaining(inventory.remaining)
            + "nothing was changed: \(Format.bytes(bytes)) of \(inventory.connection) would go · next: cliosync forget "
            + "\(inventory.connection) --yes"
    }

    private static func table(_ items: [FirmInventory.Item]) -> String {
        Format.table(
            ["what", "where", "files", "bytes", "records"],
            items.map { item in
                [
                    item.kind.rawValue, Terminal.safe(item.paths.first ?? ""), Format.count(item.files),
                    Format.bytes(item.bytes), item.records.map(Format.count) ?? "",
                ]
            }, right: [2, 3, 4])
    }

    private static func remaining(_ lines: [String]) -> String {
        lines.map { Terminal.yellow("to do: ") + Terminal.safe($0) + "\n" }.joined()
    }
}

/// What `forget --json` prints without `--yes`.
private struct ForgetPreview: Encodable {
    let forgotten = false
    let connection: String
    let items: [FirmInventory.Item]
    let remaining: [String]

    init(_ inventory: FirmInventory) {
        connection = inventory.connection
        items = inventory.items
        remaining = inventory.remaining
    }
}
