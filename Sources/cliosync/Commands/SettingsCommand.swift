import ArgumentParser
import Foundation
import JSON
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
        Terminal.print(common.json ? Self.json(settings.entries) : Self.table(settings.entries))
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

    private static func json(_ entries: [Settings.Entry]) -> String {
        var writer = JSONWriter()
        func member(_ key: String, _ text: String?) {
            writer.key(key)
            if let text { writer.string(text) } else { writer.null() }
        }
        writer.beginObject()
        writer.key("settings")
        writer.beginArray()
        for entry in entries {
            let definition = entry.definition
            writer.beginObject()
            member("name", entry.name)
            member("value", entry.text)
            member("source", entry.source)
            member("problem", entry.problem)
            member("default", definition.defaultText)
            member("accepted", definition.values)
            writer.key("secret")
            writer.bool(definition.isSecret)
            member("summary", definition.summary)
            member("details", definition.details)
            writer.key("commands")
            writer.beginArray()
            for command in definition.use.commands { writer.string(command) }
            writer.endArray()
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.text
    }
}
