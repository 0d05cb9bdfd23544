import ArgumentParser
import Extract
import Foundation
import SyncManager

/// What the commands that extract have in common.
struct ExtractionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Bring the last months first, for example 12mo, 90d or 2y; they can be used before the history is there.",
            valueName: "span"))
    var recent: RecentSpan?
    @OptionGroup var grouping: GroupingOptions
    @Flag(help: "Compare what is finished with Clio: fetch what changed or is missing, take out what is gone.")
    var sweep = false

    @Flag(help: "Take out records that are gone from Clio, or not shown to this user, even if they are many.")
    var acceptRemovals = false

    var options: ExtractOptions {
        ExtractOptions(
            recentSince: recent.map { Date().timeIntervalSince1970 - $0.seconds }, update: sweep ? .sweep : nil,
            groupBy: grouping.groupBy, acceptsRemovals: acceptRemovals)
    }
}

/// A length of time: `90d`, `8w`, `12mo`, `2y`.
struct RecentSpan: ExpressibleByArgument {
    let seconds: Double

    init?(argument: String) {
        let units: [(String, Double)] = [("mo", 30.436875), ("d", 1), ("w", 7), ("y", 365.2425)]
        guard let (unit, days) = units.first(where: { argument.hasSuffix($0.0) }),
            let count = Int(argument.dropLast(unit.count)), (1...1200).contains(count)
        else { return nil }
        seconds = Double(count) * days * 86_400
    }
}
