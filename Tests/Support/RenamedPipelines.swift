public import Foundation

/// The pipeline files of a folder under other names: every phase and every entity is renamed, and nothing else changes.
public enum RenamedPipelines {
    /// What a phase's new name begins with.
    public static let phasePrefix = "step_"
    /// What an entity's new name begins with.
    public static let entityPrefix = "kind_"

    /// The renamed files of a folder, by the names of their phases.
    public static func of(_ folder: URL) throws -> [String: String] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".yaml") }
        let phases = names.map { String($0.dropLast(5)) }
        var files: [String: String] = [:]
        for phase in phases {
            let text = try String(contentsOf: folder.appending(path: "\(phase).yaml"), encoding: .utf8)
            files[phasePrefix + phase] = try renamed(text, phases)
        }
        return files
    }

    private static func renamed(_ text: String, _ phases: [String]) throws -> String {
        var lines: [String] = []
        var entity: String?
        var hasEntities = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if line.hasPrefix("phase: ") {
                lines.append("phase: \(phasePrefix)\(line.dropFirst("phase: ".count))")
            } else if line == "entities:" {
                hasEntities = true
                lines.append(line)
            } else if hasEntities, let match = line.wholeMatch(of: /\ \ ([a-z_0-9]+):/) {
                entity = String(match.1)
                lines.append("  \(entityPrefix)\(match.1):")
            } else if lines.last == "    table:", let entity {
                // The table keeps its name, which is the entity's unless the file gives another.
                let isNamed = line.hasPrefix("      use:") || line.hasPrefix("      name:")
                lines += (isNamed ? [] : ["      name: \(entity)"]) + [line]
            } else {
                lines.append(line)
            }
        }
        var text = lines.joined(separator: "\n")
        for phase in phases {
            let entity = try Regex("\\b\(phase)\\.([a-z_]+)", as: (Substring, Substring).self)
            text.replace(entity) { "\(phasePrefix)\(phase).\(entityPrefix)\($0.output.1)" }
        }
        return text
    }
}
