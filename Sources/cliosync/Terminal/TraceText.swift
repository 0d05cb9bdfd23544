import JSON
import Inspection

/// A trace for people: one block for each version, the row, its child rows, and what to think of it at the end.
struct TraceText {
    /// Columns of the terminal.
    let width: Int

    func text(_ trace: RecordTrace) -> String {
        var blocks = trace.versions.map(text)
        if let row = trace.row { blocks.append(block("row in \(trace.table)", [row])) }
        for child in trace.children {
            let rows = child.rows.count == 1 ? "1 row" : "\(Format.count(child.rows.count)) rows"
            blocks.append(block("\(rows) in \(child.table)", child.rows))
        }
        if let flags = trace.flags { blocks.append(block("in flagged_records", [flags])) }
        if let job = trace.job { blocks.append("job \(job.id): \(job.status)") }
        let name = Terminal.bold("\(trace.entity) \(Terminal.safe(trace.id))")
        blocks.append(([name] + trace.verdict.flatMap { wrapped("  " + $0, indent: 4) }).joined(separator: "\n"))
        return blocks.joined(separator: "\n\n")
    }

    private func wrapped(_ text: String, indent: Int) -> [String] {
        Wrapping.lines(Terminal.safe(text), width: width, indent: indent)
    }

    private func block(_ head: String, _ records: [RawJSON]) -> String {
        ([Terminal.bold(head)] + record(records, indent: 2)).joined(separator: "\n")
    }

    /// Several records have a line between them.
    private func record(_ records: [RawJSON], indent: Int) -> [String] {
        let blocks = records.map { RecordText(width: width, indent: indent).lines($0.text) }
        return Array(blocks.joined(separator: [""]))
    }

    private func text(_ version: TraceVersion) -> String {
        var lines = [
            Terminal.bold("\(version.phase)/\(version.entity), record \(version.sequence) of the connection")
        ]
        func add(_ label: String, _ text: String) {
            let space = String(repeating: " ", count: max(1, 9 - label.count))
            lines += wrapped("  " + label + space + text, indent: 11)
        }
        func add(_ label: String, _ place: String, _ record: String) {
            add(label, place)
            lines += RecordText(width: width, indent: 11).lines(record)
        }
        add("page", "\(version.page.page) of stream \(version.page.stream), \(version.page.receivedAt)")
        if let request = version.page.request { add("request", request) }
        add(
            "raw", "\(version.raw.file) line \(version.raw.line), generation \(version.raw.generation)",
            version.raw.record)
        if let flagged = version.flagged {
            add("flagged", "\(flagged.file) line \(flagged.line)", flagged.violations.text)
        }
        if let clean = version.clean { add("clean", "\(clean.file) line \(clean.line)", clean.row.text) }
        if let loadedAt = version.loadedAt { add("loaded", loadedAt) }
        return lines.joined(separator: "\n")
    }
}
