import ArgumentParser
import SyncManager

/// What a scheduler needs from the processes that it starts.
struct SchedulerOptions: ParsableArguments {
    @Flag(
        help:
            "Stop, as at a signal, when the process that started this one ends, or closes the pipes that are this one's input or output."
    )
    var exitWithParent = false

    @Option(
        help: ArgumentHelp(
            "Write what happens as NDJSON, one event a line, to this file, or to stdout with -.", valueName: "file"),
        completion: .file())
    var events: String?

    @Option(
        help: ArgumentHelp(
            "End with exit code 6 instead of waiting longer than this, for example 30s, 5m or 2h.", valueName: "time"))
    var maxWait: TimeSpan?

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp("Work this long, then end after the page in flight with exit code 6.", valueName: "time"))
    var duration: TimeSpan?

    /// Does what must be done before anything else.
    func begin() {
        if exitWithParent { ParentWatch.begin() }
    }

    /// Puts the limits into a configuration.
    func configure(_ configuration: inout SyncConfiguration) {
        configuration.longestWait = maxWait?.seconds
        configuration.duration = duration?.seconds
    }
}

/// A length of time: `30s`, `5m`, `2h`, `1d`.
struct TimeSpan: ExpressibleByArgument {
    let seconds: Double

    private static let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]

    init?(argument: String) {
        guard let unit = argument.last.flatMap({ Self.units[$0] }), let count = Int(argument.dropLast()),
            (1...1_000_000).contains(count)
        else { return nil }
        seconds = Double(count) * unit
    }
}
