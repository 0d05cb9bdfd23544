internal import JSON

/// Where a record is, from Clio's answer to its row.
public struct RecordTrace: Sendable {
    /// The entity that was asked for.
    public let entity: String
    /// The record's id.
    public let id: String
    /// Every version in the raw layers, in the order of their numbers over the connection.
    public internal(set) var versions: [TraceVersion] = []
    /// When sweeps found it gone from Clio.
    public internal(set) var deletions: [(phase: String, entity: String, sequence: Int64, at: String)] = []
    /// The table that it belongs in, and its row as JSON.
    public internal(set) var table = ""
    /// nil: there is no row.
    public internal(set) var row: String?
    /// The rows of each child table as JSON.
    public internal(set) var children: [(table: String, rows: [String])] = []
    /// The row in `flagged_records` as JSON.
    public internal(set) var flags: String?
    /// The newest job of these phases, and its status.
    public internal(set) var job: (id: String, status: String)?
    /// What to think of it: one line for each thing, the most important first.
    public internal(set) var verdict: [String] = []
    /// Raw records that were looked through, of all that there are.
    public internal(set) var searched = (records: 0, of: 0)

    init(entity: String, id: String) {
        self.entity = entity
        self.id = id
    }

    /// Whether any version was found.
    public var isFound: Bool { !versions.isEmpty || row != nil }

    /// One JSON object.
    public var json: String {
        var line = JSONWriter()
        line.beginObject()
        line.member("entity", entity)
        line.member("id", id)
        line.key("found")
        line.bool(isFound)
        line.key("verdict")
        line.beginArray()
        for text in verdict { line.string(text) }
        line.endArray()
        line.key("versions")
        line.beginArray()
        for version in versions { version.write(to: &line) }
        line.endArray()
        line.key("deletions")
        line.beginArray()
        for deletion in deletions {
            line.beginObject()
            line.member("phase", deletion.phase)
            line.member("entity", deletion.entity)
            line.member("sequence", Int(deletion.sequence))
            line.member("at", deletion.at)
            line.endObject()
        }
        line.endArray()
        line.member("table", table)
        line.key("row")
        if let row { line.raw(row) } else { line.null() }
        line.key("children")
        line.beginObject()
        for child in children {
            line.key(child.table)
            line.beginArray()
            for row in child.rows { line.raw(row) }
            line.endArray()
        }
        line.endObject()
        line.key("flags")
        if let flags { line.raw(flags) } else { line.null() }
        line.key("job")
        if let job {
            line.beginObject()
            line.member("id", job.id)
            line.member("status", job.status)
            line.endObject()
        } else {
            line.null()
        }
        line.key("searched")
        line.beginObject()
        line.member("records", searched.records)
        line.member("of", searched.of)
        line.endObject()
        line.endObject()
        return line.text
    }
}

/// One version of a record: a raw line and what became of it.
public struct TraceVersion: Sendable {
    /// What became of a raw line.
    public enum State: String, Sendable {
        /// The line is no JSON; it only looks like this record.
        case broken
        /// Transform has not seen it yet.
        case extracted
        /// It is in no table, by a rule or by a person's word.
        case rejected
        /// There is a clean line; load has not seen it yet.
        case transformed
        /// A sweep found it gone from Clio.
        case deleted
        /// Another version is newer.
        case older
        /// It is the row.
        case row
        /// It should be the row, but there is none.
        case lost
    }

    /// The phase.
    public let phase: String
    /// The entity.
    public let entity: String
    /// The raw part's file.
    public let file: String
    /// The raw part's name.
    public let part: String
    /// The line in it, from 1.
    public let line: Int
    /// The generation of the raw layer.
    public let generation: Int
    /// The record's number over the whole connection.
    public internal(set) var sequence: Int64 = 0
    /// The page: its number in its stream.
    public internal(set) var page = 0
    /// The stream or partition.
    public internal(set) var stream = ""
    /// Path and query as asked for.
    public internal(set) var request: String?
    /// When the page came, by this machine's clock.
    public internal(set) var receivedAt = ""
    /// When Clio says that it sent it.
    public internal(set) var serverDate: String?
    /// The raw record.
    public let record: String
    /// What became of it.
    public internal(set) var state = State.extracted
    /// The flagged line as JSON without the raw record, and where it is.
    public internal(set) var flagged: (file: String, line: Int, violations: String)?
    /// The clean line, and where it is.
    public internal(set) var clean: (file: String, line: Int, text: String)?
    /// When its part was loaded.
    public internal(set) var loadedAt: String?

    func write(to out: inout JSONWriter) {
        out.beginObject()
        out.member("phase", phase)
        out.member("entity", entity)
        out.member("state", state.rawValue)
        out.member("sequence", Int(sequence))
        out.key("raw")
        out.beginObject()
        out.member("file", file)
        out.member("part", part)
        out.member("line", line)
        out.member("generation", generation)
        out.key("record")
        out.record(record)
        out.endObject()
        out.key("page")
        out.beginObject()
        out.member("page", page)
        out.member("stream", stream)
        out.member("request", request)
        out.member("received_at", receivedAt)
        out.member("server_date", serverDate)
        out.endObject()
        out.key("flagged")
        if let flagged {
            out.beginObject()
            out.member("file", flagged.file)
            out.member("line", flagged.line)
            out.key("violations")
            out.raw(flagged.violations)
            out.endObject()
        } else {
            out.null()
        }
        out.key("clean")
        if let clean {
            out.beginObject()
            out.member("file", clean.file)
            out.member("line", clean.line)
            out.key("row")
            out.raw(clean.text)
            out.endObject()
        } else {
            out.null()
        }
        out.member("loaded_at", loadedAt)
        out.endObject()
    }
}
