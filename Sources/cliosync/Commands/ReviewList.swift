import ArgumentParser
import Staging
import Inspection
import Transform

struct ReviewList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "Count flagged records by phase, entity, rule and path.",
        discussion: """
            not loaded: records that are in no table; open: not decided yet; lapsed: decided, but Clio's value is \
            another one now.

            Example:
              cliosync review ls --entity matters
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var selection: SelectionOptions

    func run() throws {
        let catalog = try common.catalog()
        let review = try Review(staging: common.staging, connection: common.connection, catalog: catalog)
        let chosen = try selection.selection(catalog)
        let groups = try review.groups(chosen, database: common.databasePath)
        try Output.print(lines: groups, json: common.json) { Self.text(groups, try review.totals(chosen)) }
        let waiting = groups.reduce(0) { $0 + $1.waiting }
        if waiting > 0, !common.json {
            Terminal.note("\(Format.count(waiting)) decisions wait for `cliosync transform` and `cliosync load`")
        }
    }

    static func text(_ groups: [ReviewGroup], _ totals: (records: Int, notLoaded: Int)) -> String {
        guard !groups.isEmpty else { return "nothing is flagged" }
        let rows = groups.map { group in
            [
                group.phase, group.entity, group.rule, Terminal.brief(group.path, 120), Format.count(group.records),
                Format.count(group.kept), Format.count(group.open), Format.count(group.accepted),
                Format.count(group.rejected), Format.count(group.lapsed),
                (group.examples.map { Terminal.brief($0, 40) }
                    + (group.withoutID > 0 ? ["\(Format.count(group.withoutID)) without an id"] : []))
                    .joined(separator: ", "),
            ]
        }
        let table = Format.table(
            [
                "phase", "entity", "rule", "path", "records", "not loaded", "open", "accepted", "rejected", "lapsed",
                "for example",
            ], rows, right: [4, 5, 6, 7, 8, 9])
        return table + "\n\n" + Format.filled(self.totals(groups, totals)).joined(separator: "\n")
    }

    /// A record that breaks two rules counts once here, and its violations twice.
    private static func totals(_ groups: [ReviewGroup], _ totals: (records: Int, notLoaded: Int)) -> [String] {
        func sum(_ count: KeyPath<ReviewGroup, Int>) -> String {
            Format.count(groups.reduce(0) { $0 + $1[keyPath: count] })
        }
        return [
            "\(Format.count(totals.records)) records are flagged by their own values",
            "\(Format.count(totals.notLoaded)) of them are not loaded",
            "violations: \(sum(\.open)) open", "\(sum(\.accepted)) accepted", "\(sum(\.rejected)) rejected",
            "\(sum(\.lapsed)) decisions lapsed",
        ]
    }
}
