internal import JSON
internal import Load
internal import Transform

extension StagedDiff.Difference {
    /// One JSON object.
    /// - Parameter showValues: whether examples have their values.
    public func json(showValues: Bool) -> String {
        var line = JSONWriter()
        line.beginObject()
        line.member("phase", layers.phase)
        line.member("entity", layers.entity)
        line.key("changes")
        line.bool(!isEmpty)
        line.member("compared", layers.compared)
        line.member("new_records", layers.fresh)
        line.key("rebuild")
        line.bool(!layers.isCurrent || schema?.isRebuilt == true)
        line.member("former_table", schema?.formerTable)
        line.key("schema")
        line.beginArray()
        for change in schema?.changes ?? [] {
            line.beginObject()
            line.member("table", change.table)
            line.member("column", change.column)
            line.member("before", change.before)
            line.member("after", change.after)
            line.endObject()
        }
        line.endArray()
        line.key("records")
        line.beginArray()
        for move in layers.moves {
            line.beginObject()
            line.member("from", move.from.rawValue)
            line.member("to", move.to.rawValue)
            line.member("records", move.records)
            line.key("examples")
            line.beginArray()
            for id in move.examples { line.string(id) }
            line.endArray()
            line.endObject()
        }
        line.endArray()
        line.key("rules")
        line.beginArray()
        for rule in layers.rules {
            line.beginObject()
            line.member("rule", rule.rule)
            line.member("path", rule.path)
            line.member("before", rule.before)
            line.member("after", rule.after)
            line.endObject()
        }
        line.endArray()
        line.key("columns")
        line.beginArray()
        for column in layers.columns { column.write(to: &line, showValues: showValues) }
        line.endArray()
        line.key("child_rows")
        line.beginObject()
        for (table, rows) in layers.childRows.sorted(by: { $0.key < $1.key }) { line.member(table, rows) }
        line.endObject()
        line.endObject()
        return line.text
    }
}

extension LayerDifference.ColumnChange {
    fileprivate func write(to line: inout JSONWriter, showValues: Bool) {
        line.beginObject()
        line.member("table", table)
        line.member("column", column)
        line.member("change", kind.rawValue)
        line.member("values", values)
        line.key("examples")
        line.beginArray()
        for example in examples {
            guard showValues else {
                line.string(example.id)
                continue
            }
            line.beginObject()
            line.member("id", example.id)
            line.member("before", example.before)
            line.member("after", example.after)
            line.endObject()
        }
        line.endArray()
        line.endObject()
    }
}
