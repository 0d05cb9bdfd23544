internal import JSON
internal import SQLite
internal import Staging

/// What the raw lines of one entity come to.
struct RawFacts: Sendable {
    var lines = 0
    /// Distinct ids.
    var distinct = 0
    /// Lines that have no id to tell them apart by; of those that a whole reading of the list counted, as many as it found.
    var nameless = 0
    /// Ids that a refresh found deleted, or no longer in the list, and that were not extracted again after it.
    var ended = 0
    /// A sum for each summed column of the table, over the versions that count.
    var sums: [ExactSum] = []

    /// Different records of the list.
    var came: Int { distinct + nameless - ended }
}

/// One raw layer to read.
struct RawScan: Sendable {
    let raw: RawManifest
    let place: EntityFolder
    let columns: [SummedColumn]
    /// The records whose values must be in the table.
    let counting: SequenceSet

    /// Reads every line; the ids go into a temporary database, so that memory use is constant.
    func run(_ isCancelled: () -> Bool) throws -> RawFacts {
        let ids = try SQLiteConnection(path: "", mode: .create)
        try ids.setPragma("journal_mode", to: "OFF")
        try ids.setPragma("cache_size", to: "-8192")
        // Integers arrive nearly sorted; a separate table is half as much work.
        try ids.execute(
            """
            CREATE TABLE numbers(id INTEGER PRIMARY KEY) STRICT;
            CREATE TABLE texts(id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID
            """)
        let insertNumber = try ids.prepare("INSERT OR IGNORE INTO numbers VALUES(?)")
        let insertText = try ids.prepare("INSERT OR IGNORE INTO texts VALUES(?)")
        let parser = JSONParser()
        let numbers = RawNumbers(columns)
        let pages = Dictionary(grouping: raw.pages, by: \.part)
        var facts = RawFacts()
        facts.nameless = raw.unnamed?.records ?? 0
        func addNameless(_ sequence: Int64?) {
            if raw.unnamed.map({ sequence ?? .max > $0.sequence }) ?? true { facts.nameless += 1 }
        }
        try ids.transaction(.deferred) {
            for part in raw.parts where part.records > 0 && !isCancelled() {
                var sequences = PageCursor(pages[part.name] ?? [])
                let reader = try NDJSONReader(raw.file(part, in: place))
                while let line = try reader.next() {
                    facts.lines += 1
                    let sequence = sequences.next()
                    // A line that is no JSON has no id; it is a reject.
                    guard let record = try? parser.parse(line), let id = numbers.read(record) else {
                        addNameless(sequence)
                        continue
                    }
                    if let number = id.int64 {
                        try insertNumber.bind(number, at: 1)
                        try insertNumber.run()
                    } else if id.kind == .string, let text = id.utf8 {
                        try insertText.bind(utf8: text, at: 1, .copied)
                        try insertText.run()
                    } else {
                        addNameless(sequence)
                    }
                    if let sequence, counting.contains(sequence) { numbers.add() }
                }
            }
        }
        facts.distinct =
            try ids.value("SELECT (SELECT count(*) FROM numbers) + (SELECT count(*) FROM texts)")?.int ?? 0
        facts.ended = try countEnded(parser, among: ids)
        facts.sums = numbers.sums
        return facts
    }

    /// - Parameter ids: the ids that have lines; a compaction leaves a deletion without one.
    private func countEnded(_ parser: JSONParser, among ids: SQLiteConnection) throws -> Int {
        var gone = raw.ended
        // Only a record committed after the first deletion can have restored one.
        guard let first = (raw.deletions.map(\.sequence) + raw.departures.map(\.sequence)).min() else { return 0 }
        for part in raw.parts where part.records > 0 {
            let pages = raw.pages(of: part.name)
            guard pages.contains(where: { $0.endSequence > first }) else { continue }
            var sequences = PageCursor(pages)
            let reader = try NDJSONReader(raw.file(part, in: place))
            while let line = try reader.next() {
                let sequence = sequences.next() ?? .max
                guard let id = (try? parser.parse(line))?["id"], let name = id.int64.map({ String($0) }) ?? id.string
                else { continue }
                if let moment = gone[name], moment < sequence { gone[name] = nil }
            }
        }
        let numbers = try ids.prepare("SELECT 1 FROM numbers WHERE id = ?")
        let texts = try ids.prepare("SELECT 1 FROM texts WHERE id = ?")
        return try gone.keys.count { id in
            if let number = Int64(id) {
                try numbers.bind(number, at: 1)
                defer { numbers.reset() }
                if try numbers.step() { return true }
            }
            try texts.bind(id, at: 1)
            defer { texts.reset() }
            return try texts.step()
        }
    }
}
