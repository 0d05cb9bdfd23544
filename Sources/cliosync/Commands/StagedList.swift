import ArgumentParser
import Inspection

struct StagedList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List layers with their parts, records and sizes.",
        discussion: "Example:\n  cliosync staged ls --phase core")

    @OptionGroup var common: CommonOptions
    @OptionGroup var selection: SelectionOptions

    func run() throws {
        let listings = try common.stagedLayers(selection).list()
        Output.print(lines: listings, json: common.json) { Self.text(listings) }
    }

    private static func text(_ listings: [StagedLayers.Listing]) -> String {
        guard !listings.isEmpty else { return "nothing is staged yet; `cliosync extract` fetches it" }
        let rows = listings.map { listing in
            [
                listing.phase, listing.layer.rawValue, listing.entity, Format.count(listing.parts),
                Format.count(listing.records), Format.bytes(listing.bytes), String(listing.generation), listing.state,
                listing.folder,
            ]
        }
        return Format.table(
            ["phase", "layer", "entity", "parts", "records", "size", "gen", "state", "folder"], rows,
            right: [3, 4, 5, 6])
    }
}

extension CommonOptions {
    /// The connection's staged files, narrowed down.
    func stagedLayers(_ options: SelectionOptions) throws -> StagedLayers {
        try StagedLayers(staging: staging, connection: connection, selection: options.selection(catalog()))
    }
}
