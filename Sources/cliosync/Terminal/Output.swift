import JSON

/// The one way of a result to stdout: as JSON, or as text for people.
enum Output {
    /// One of both; the text with the options in use in the commands that it advises.
    static func text(_ report: some Encodable, json: Bool, _ text: () throws -> String) rethrows -> String {
        json ? OrderedEncoder().encode(report) : AdvisedCommand.completed(try text())
    }

    /// Prints one of both.
    static func print(_ report: some Encodable, json: Bool, _ text: () throws -> String) rethrows {
        Terminal.print(try self.text(report, json: json, text))
    }

    /// Prints one JSON object a line, or the text.
    static func print(lines reports: [some Encodable], json: Bool, _ text: () throws -> String) rethrows {
        guard json else { return Terminal.print(AdvisedCommand.completed(try text())) }
        for report in reports { Terminal.print(OrderedEncoder().encode(report)) }
    }
}

/// The reports of several firms.
struct FirmReports<Report: Encodable>: Encodable {
    let connections: [Report]
}
