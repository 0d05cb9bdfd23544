internal import JSON

extension StagedLayers.Listing {
    /// One JSON object.
    public var json: String {
        var line = JSONWriter()
        line.beginObject()
        line.member("phase", phase)
        line.member("layer", layer.rawValue)
        line.member("entity", entity)
        line.member("parts", parts)
        line.member("records", records)
        line.member("bytes", bytes)
        line.member("generation", generation)
        line.member("state", state)
        line.member("folder", folder)
        line.endObject()
        return line.text
    }
}

extension StagedLayers.FieldStatistics {
    /// One JSON object; values only when they are asked for.
    public func json(showValues: Bool) -> String {
        var line = JSONWriter()
        line.beginObject()
        line.member("entity", entity)
        line.member("field", field)
        line.member("lines", present)
        line.member("missing", missing)
        line.member("null", nulls)
        line.member("distinct", distinct)
        line.key("distinct_is_exact")
        line.bool(isDistinctExact)
        line.key("types")
        line.beginObject()
        for (type, count) in types.sorted(by: { $0.key < $1.key }) { line.member(type, count) }
        line.endObject()
        line.member("min_length", shortest)
        line.member("max_length", longest)
        if showValues {
            line.member("min", least)
            line.member("max", greatest)
            line.member("first", first)
            line.member("last", last)
            line.key("values")
            if let values {
                line.beginObject()
                for (value, count) in values.sorted(by: { $0.key < $1.key }) { line.member(value, count) }
                line.endObject()
            } else {
                line.null()
            }
        }
        line.endObject()
        return line.text
    }
}
