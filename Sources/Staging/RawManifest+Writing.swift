internal import JSON

// The lines of a raw manifest, as the extract and a compaction write them.

extension RawHeader {
    func write(to line: inout JSONWriter) {
        line.member("format", Journal.format)
        line.member("layer", "raw")
        line.member("connection", connection)
        line.member("phase", phase)
        line.member("entity", entity)
        line.member("generation", generation)
        line.member("created_at", createdAt)
        guard let account else { return }
        line.key("account")
        account.write(to: &line)
    }
}

extension Account {
    /// Who fetches the following pages.
    func writeNote(isSole: Bool, to line: inout JSONWriter) {
        line.key("account")
        write(to: &line)
        line.key("sole")
        line.bool(isSole)
        line.member("at", UTC.now())
    }
}

extension RawPageEntry {
    func write(to line: inout JSONWriter) {
        line.member("page", page)
        line.member("stream", stream.name)
        line.member("part", part.isEmpty ? nil : part)
        line.member("offset", offset)
        line.member("bytes", bytes)
        line.member("crc", crc: crc)
        line.member("records", records)
        line.member("sequence", sequence)
        if !gaps.isEmpty { line.member("spans", gaps) }
        line.member("request", request)
        line.member("next", next)
        line.member("total", reportedTotal)
        line.member("received_at", receivedAt)
        line.member("server_time", seconds: serverTime)
        guard let ids else { return }
        line.member("first_id", ids.lowerBound)
        line.member("last_id", ids.upperBound)
    }
}

extension RawPart {
    /// The name of the part with this number.
    static func name(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
    }

    static func writeSeal(_ part: String, crc: UInt32, records: Int, bytes: Int, to line: inout JSONWriter) {
        line.member("seal", part)
        line.member("crc", crc: crc)
        line.member("records", records)
        line.member("bytes", bytes)
    }
}

extension RawDeletion {
    func write(to line: inout JSONWriter) {
        line.member("deleted", ids)
        line.member("sequence", sequence)
        line.member("at", at)
        if areHidden {
            line.key("hidden")
            line.bool(true)
        }
    }
}

extension RawDeparture {
    func write(to line: inout JSONWriter) {
        line.member("left", ids)
        line.member("sequence", sequence)
        line.member("at", at)
    }
}

extension RawUnnamed {
    func write(to line: inout JSONWriter) {
        line.member("unnamed", records)
        line.member("sequence", sequence)
        line.member("at", at)
    }
}

extension Completion {
    func write(to line: inout JSONWriter) {
        line.member("complete", status.rawValue)
        line.member("expected", expected)
        line.member("records", records)
        if let held { line.member("held", held) }
        line.member("message", message)
        line.member("at", at)
        line.member("as_of", asOf)
    }
}

extension RawStream {
    /// What a stream was whose pages a compaction wrote anew.
    func write(_ key: StreamKey, to line: inout JSONWriter) {
        line.member("compacted", key.name)
        line.member("place", place)
        line.member("pages", pages)
        line.member("records", records)
        line.key("exhausted")
        line.bool(isExhausted)
        line.member("total", reportedTotal)
        line.member("server_time", seconds: serverTime)
        guard let ids else { return }
        line.member("first_id", ids.lowerBound)
        line.member("last_id", ids.upperBound)
    }

    /// Reads it; it is finished.
    init(_ line: JournalLine) throws(StagingError) {
        self.init(
            next: nil, finished: true, isExhausted: line.value["exhausted"]?.bool == true,
            place: try line.number("place"), pages: try line.number("pages"), records: try line.number("records"),
            ids: line.optionalIDs, reportedTotal: line.optionalNumber("total"),
            serverTime: line.serverTime(earlier: "started_at"))
    }
}

extension JSONWriter {
    mutating func member(_ name: String, _ spans: [PageSpan]) {
        key(name)
        beginArray()
        for span in spans {
            beginArray()
            integer(span.records)
            integer(span.sequence)
            endArray()
        }
        endArray()
    }
}

extension JournalLine {
    /// Pairs of a count and a first number; none when there is no such key.
    func spans(_ key: String) -> [PageSpan] {
        var spans: [PageSpan] = []
        value[key]?.forEachElement { pair in
            var numbers: [Int64] = []
            pair.forEachElement { numbers.append(Self.count($0) ?? 0) }
            if numbers.count == 2 { spans.append(PageSpan(records: Int(numbers[0]), sequence: numbers[1])) }
        }
        return spans
    }
}

extension RawManifest {
    /// Part files in the layer's folder that are in no line of the manifest: an extract or a compaction was killed.
    ///
    /// Numbers are given out one after the other, and streams commit side by side: what was never committed may lie below
    /// what was.
    func uncommittedParts(in directory: String) throws(StagingError) -> [String] {
        let known = Set(parts.map { $0.name + ".ndjson.gz" })
        return try Files.names(in: directory).filter { name in
            guard name.hasSuffix(".ndjson.gz"), !known.contains(name) else { return false }
            return Int(name.dropLast(".ndjson.gz".count)).map { $0 > 0 } ?? false
        }.map { directory + "/" + $0 }
    }
}
