import Foundation
import Pipelines

/// The data dictionary as text, as Markdown and as a diagram.
struct SchemaText {
    private let schema: SchemaDescription

    init(_ schema: SchemaDescription) { self.schema = schema }

    /// For a terminal: a heading and a column table for each table.
    var plain: String {
        schema.tables.map { table in
            var lines = [Terminal.bold(table.name) + "  " + Terminal.safe(Self.summary(table))]
            if !table.columns.isEmpty {
                lines.append(
                    Format.table(
                        ["column", "type", "from Clio's", "meaning"],
                        table.columns.map { column in
                            [column.name, Self.type(column), column.source ?? "", Self.meaning(column)].map(
                                Terminal.safe)
                        }, right: []))
            }
            return lines.joined(separator: "\n")
        }.joined(separator: "\n\n")
    }

    /// For `docs/schema.md`: a chapter for each table.
    var markdown: String {
        var lines = [
            "# Tables and columns", "",
            "<!-- Written by `make docs` from the pipeline files: change those, not this. -->", "",
            "What `load` writes with the stock pipeline files. Your database carries the same in `_cliosync_columns`, and",
            "`cliosync schema` prints it for your own files. Times are UTC, dates are days without a time zone, booleans are 0 or 1.",
            "",
            "```mermaid", Self(SchemaDescription(main: schema)).mermaid, "```",
        ]
        for table in schema.tables {
            lines += ["", "## \(table.name)", "", Self.cell(Self.summary(table))]
            guard !table.columns.isEmpty else { continue }
            lines += ["", "| column | type | in Clio's record | meaning |", "| --- | --- | --- | --- |"]
            lines += table.columns.map { column in
                let source = column.source.map { "`\($0)`" } ?? ""
                return "| `\(column.name)` | \(Self.type(column)) | \(source) | \(Self.cell(Self.meaning(column))) |"
            }
        }
        return lines.joined(separator: "\n")
    }

    /// An entity-relationship diagram: a box for each table with its keys and references, an arrow for each reference.
    var mermaid: String {
        let shown = Set(schema.tables.map(\.name))
        var lines = ["erDiagram"]
        for table in schema.tables where table.kind == .table || table.kind == .child {
            lines.append("    \(table.name) {")
            for column in table.columns where column.name == "id" || !column.references.isEmpty {
                let key = column.references.isEmpty ? "PK" : "FK"
                lines.append("        \(column.storage) \(column.name) \(key)")
            }
            lines.append("    }")
        }
        for table in schema.tables {
            for column in table.columns {
                for target in column.references where shown.contains(target) {
                    let many = table.kind == .child && column.name != "id" && column.required ? "||--o{" : "|o--o{"
                    lines.append("    \(target) \(many) \(table.name) : \(column.name)")
                }
            }
        }
        return lines.joined(separator: "\n")
    }

    private static func summary(_ table: DescribedTable) -> String {
        var text = table.title
        if let description = table.description { text += ". \(description)" }
        if !text.hasSuffix(".") { text += "." }
        switch table.kind {
        case .table: text += " From \(table.sources.joined(separator: " and "))."
        case .child: text += " One row for each element of the list."
        case .view: text += " A view."
        case .flags, .changes: break
        }
        return text
    }

    private static func type(_ column: DescribedColumn) -> String {
        column.unit.map { "\(column.type), \($0)" } ?? column.type
    }

    private static func meaning(_ column: DescribedColumn) -> String {
        var parts = column.meaning.map { [$0] } ?? []
        if !column.references.isEmpty { parts.append("refers to \(column.references.joined(separator: " or "))") }
        if column.required { parts.append("required") }
        if (1...8).contains(column.allowed.count) { parts.append("one of \(column.allowed.joined(separator: ", "))") }
        if let mask = column.mask { parts.append("masked: \(mask)") }
        return parts.joined(separator: "; ")
    }

    private static func cell(_ text: String) -> String { text.replacing("|", with: "\\|") }
}

extension SchemaDescription {
    /// Without child tables, views and flags: what fits into a picture.
    fileprivate init(main schema: SchemaDescription) {
        self = schema.only(schema.tables.filter { $0.kind == .table }.map(\.name))
    }
}
