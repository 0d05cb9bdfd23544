import Account
import ArgumentParser
import Foundation
import SyncManager

struct SettingsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settings",
        abstract: "List every setting with its value and where it is set.",
        discussion: """
            Shows what the environment, .env and the connection's own file add up to. Secret values are not shown. With \
            --json it also gives the accepted values, the default, the meaning, and the commands that use a setting.

            Examples:
              cliosync settings
              cliosync settings --connection smith --json
            """)

    @OptionGroup var common: CommonOptions

    func run() throws {
        // The values of a wrong setting are shown, not refused.
        let settings = try common.settings(try? common.catalog(), for: [])
        let report = SettingsReport(settings: settings.entries.map(SettingsReport.Entry.init))
        Output.print(report, json: common.json) { Self.table(settings.entries) }
    }

    private static func table(_ entries: [Settings.Entry]) -> String {
        let rows = entries.map { entry -> (String, String, String) in
            let value =
                entry.source == nil
                ? entry.definition.defaultText : entry.definition.isSecret ? "(secret)" : entry.text ?? ""
            let source = entry.source ?? (entry.definition.defaultText.isEmpty ? "not set" : "default")
            return (entry.name, Terminal.safe(value), Terminal.safe(source))
        }
        let widths = (rows.map(\.0.count).max() ?? 0, rows.map(\.1.count).max() ?? 0)
        return rows.map { name, value, source in
            name.padding(toLength: widths.0 + 2, withPad: " ", startingAt: 0)
                + value.padding(toLength: widths.1 + 2, withPad: " ", startingAt: 0) + source
        }.joined(separator: "\n")
    }
}

/// What `settings --json` prints.
private struct SettingsReport: Encodable {
    let settings: [Entry]

    struct Entry: Encodable {
        let name: String
        let value: String?
        let source: String?
        let problem: String?
        let `default`: String
        let accepted: String
        let secret: Bool
        let summary: String
        let details: String
        let commands: [String]

        init(_ entry: Settings.Entry) {
            let definition = entry.definition
            name = entry.name
            value = entry.text
            source = entry.source
            problem = entry.problem
            self.default = definition.defaultText
            accepted = definition.values
            secret = definition.isSecret
            summary = definition.summary
            details = definition.details
            commands = definition.use.commands
        }
    }
}
