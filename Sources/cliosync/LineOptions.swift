import ArgumentParser
import Bytes
import Inspection

/// Which lines of a layer a command works on.
struct LineOptions: ParsableArguments {
    @Option(
        name: .customLong("id"), parsing: .singleValue,
        help: ArgumentHelp("Only this record; may be repeated.", valueName: "id"))
    var ids: [String] = []

    @Option(
        name: .customLong("where"),
        help: ArgumentHelp(
            "Only lines for which this is true, for example: billed = true and total > 100. Fields as in the file (client.id, phone_numbers[0].number), 'text', numbers, true, false, null; = != < <= > >=, ~ for contains; and, or, not, parentheses.",
            valueName: "condition"))
    var condition: String?

    @Flag(
        help:
            "Only the newest version of each record, and none that Clio deleted. After refreshes, files also hold older versions."
    )
    var current = false

    func lines() throws -> LineSelection {
        LineSelection(
            ids: ids, filter: try condition.map { text throws(ConfigurationError) in try RecordFilter(text) },
            isCurrentOnly: current)
    }
}
