internal import JSON

extension RawManifest {
    static func read(directory: String) throws(StagingError) -> RawManifest? {
        try load(directory: directory)?.manifest
    }

    /// Reads a manifest; a torn last line is ignored.
    /// - Returns: the manifest and the bytes up to the end of its last whole line.
    static func load(directory: String) throws(StagingError) -> (manifest: RawManifest, bytes: Int)? {
        let path = directory + "/" + EntityFolder.manifestName
        var manifest: RawManifest?
        let bytes = try Journal.forEachLine(path) { (line) throws(StagingError) in
            if manifest == nil {
                try line.checkHeader(layer: "raw")
                manifest = RawManifest(
                    header: RawHeader(
                        connection: try line.text("connection"), phase: try line.text("phase"),
                        entity: try line.text("entity"), generation: try line.number("generation"),
                        createdAt: try line.text("created_at"), account: line.account))
            } else {
                try manifest?.apply(line)
            }
        }
        guard let manifest, let bytes else { return nil }
        return (manifest, bytes)
    }

    private mutating func apply(_ line: JournalLine) throws(StagingError) {
        if line.has("page") {
            add(
                RawPageEntry(
                    page: try line.number("page"), stream: StreamKey(name: try line.text("stream")),
                    part: try line.value["part"]?.kind == .null ? "" : line.text("part"),
                    offset: try line.number("offset"), bytes: try line.number("bytes"), crc: try line.crc("crc"),
                    records: try line.number("records"), sequence: Int64(try line.number("sequence")),
                    gaps: line.spans("spans"), request: try line.text("request"), next: line.optionalText("next"),
                    reportedTotal: line.optionalNumber("total"), receivedAt: try line.text("received_at"),
                    serverTime: line.serverTime(earlier: "server_date"), ids: line.optionalIDs))
        } else if line.has("seal") {
            seal(try line.text("seal"), crc: try line.crc("crc"))
        } else if line.has("compacted") {
            streams[StreamKey(name: try line.text("compacted"))] = try RawStream(line)
        } else if line.has("end") {
            end(StreamKey(name: try line.text("end")))
        } else if line.has("event") {
            events.append(try ListEvent(line))
        } else if line.has("note") {
            let note = LayerNote(
                code: try line.text("note"),
                severity: LayerNote.Severity(rawValue: try line.text("severity")) ?? .warning,
                message: try line.text("message"), stream: line.optionalText("stream"))
            events.append(EarlierNotes.event(note))
        } else if line.has("deleted") {
            deletions.append(
                RawDeletion(
                    ids: try line.texts("deleted"), sequence: Int64(try line.number("sequence")),
                    at: try line.text("at"), areHidden: line.value["hidden"]?.bool == true))
            held = nil
        } else if line.has("left") {
            departures.append(
                RawDeparture(
                    ids: try line.texts("left"), sequence: Int64(try line.number("sequence")), at: try line.text("at")))
            held = nil
        } else if line.has("unnamed") {
            unnamed = RawUnnamed(
                records: try line.number("unnamed"), sequence: Int64(try line.number("sequence")),
                at: try line.text("at"))
            held = nil
        } else if line.has("account") {
            guard let account = line.account else { throw line.error("names no account") }
            note(account, isSole: line.value["sole"]?.bool == true)
        } else if line.has("complete") {
            let end = try line.text("at")
            completion = Completion(
                status: CompletionStatus(rawValue: try line.text("complete")) ?? .partial,
                expected: line.optionalNumber("expected"), records: try line.number("records"),
                held: line.optionalNumber("held"), message: line.optionalText("message"), at: end,
                // Earlier versions know the end alone.
                asOf: line.optionalText("as_of") ?? end)
        } else {
            throw line.error("is of a kind that this version does not know")
        }
    }

    mutating func add(_ page: RawPageEntry) {
        // URLs are long: a stream's first request says what was asked for, its last `next` where it continues; what lies
        // between stays in the file.
        var page = page
        if let before = lastPages[page.stream] {
            pages[before].next = nil
            page.request = nil
        }
        lastPages[page.stream] = pages.count
        pages.append(page)
        if page.part.isEmpty {
            // It has no records.
        } else if let index = parts.lastIndex(where: { $0.name == page.part }) {
            parts[index].records += page.records
            parts[index].bytes = page.offset + page.bytes
        } else {
            parts.append(
                RawPart(
                    name: page.part, stream: page.stream, records: page.records, bytes: page.offset + page.bytes,
                    crc: 0, sealed: false))
        }
        // A page after the end means that the extract was resumed.
        completion = nil
        if page.records > 0 { held = nil }
        // The journal has the streams in separate lines.
        if page.stream == .compacted { return }
        var stream = streams[page.stream] ?? RawStream(next: nil, finished: false, pages: 0, records: 0)
        stream.next = page.next
        stream.finished = page.next == nil
        stream.isExhausted = page.next == nil
        if stream.pages == 0 { stream.place = streams.count }
        if stream.pages == 0 {
            stream.reportedTotal = page.reportedTotal
            stream.serverTime = page.serverTime
        }
        stream.pages += 1
        if let ids = page.ids {
            let first = stream.ids?.lowerBound ?? ids.lowerBound
            stream.ids = first...max(first, ids.upperBound, stream.ids?.upperBound ?? first)
        }
        stream.records += page.records
        streams[page.stream] = stream
    }

    mutating func seal(_ part: String, crc: UInt32) {
        guard let index = parts.lastIndex(where: { $0.name == part }) else { return }
        parts[index].crc = crc
        parts[index].sealed = true
    }

    mutating func end(_ key: StreamKey) {
        var stream = streams[key] ?? RawStream(next: nil, finished: true, pages: 0, records: 0)
        stream.next = nil
        stream.finished = true
        streams[key] = stream
    }
}
