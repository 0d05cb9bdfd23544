internal import JSON
internal import Jobs
internal import Progress
internal import Staging

/// The JSON of `/api/status`: the keys of `status --json`, and a few more.
enum StatusJSON {
    /// All connections that may be seen.
    static func all(_ snapshot: StatusSnapshot) -> String {
        var line = JSONWriter()
        line.beginObject()
        line.key("time")
        line.string(StatusWords.time(snapshot.time))
        line.key("connections")
        line.beginArray()
        for connection in snapshot.connections { write(connection, to: &line) }
        line.endArray()
        line.endObject()
        return line.text
    }

    /// One connection.
    static func one(_ status: ConnectionStatus) -> String {
        var line = JSONWriter()
        write(status, to: &line)
        return line.text
    }

    /// One line that says what is wrong.
    static func error(_ text: String) -> String {
        var line = JSONWriter()
        line.beginObject()
        line.member("error", text)
        line.endObject()
        return line.text
    }

    /// One line that says what was done.
    static func said(_ text: String) -> String {
        var line = JSONWriter()
        line.beginObject()
        line.member("done", text)
        line.endObject()
        return line.text
    }

    private static func write(_ status: ConnectionStatus, to line: inout JSONWriter) {
        line.beginObject()
        line.member("connection", status.name)
        line.member("state", status.state.rawValue)
        line.key("running")
        line.bool(status.isRunning)
        line.member("waits_for", status.waiting?.reason)
        if let problem = status.problem { line.member("problem", problem) }
        if let account = status.account {
            line.key("account")
            line.raw(account.json)
        }
        line.key("job")
        if let job = status.job {
            line.beginObject()
            line.member("id", job.id)
            line.member("connection", job.connection)
            line.member("status", job.status.rawValue)
            line.member("started_at", job.startedAt)
            line.member("completed_at", job.completedAt)
            line.member("estimated_items", status.progress?.expected)
            line.member("synced_items", status.progress?.rows)
            line.member("percent", status.progress?.loadedPercent)
            line.member("fetched_percent", status.progress?.fetchedPercent)
            line.member("eta_seconds", status.etaSeconds)
            line.key("features_available")
            line.beginArray()
            for feature in status.featuresAvailable { line.string(feature.name) }
            line.endArray()
            line.endObject()
        } else {
            line.null()
        }
        line.key("entities")
        line.beginArray()
        for entity in status.entities where status.job != nil { write(entity, to: &line) }
        line.endArray()
        if !status.activities.isEmpty {
            let activities = status.activities
            line.key("requests")
            line.beginObject()
            line.member("made", activities.reduce(0) { $0 + $1.requests })
            line.member("retried", activities.reduce(0) { $0 + $1.retries })
            line.member("throttled_429", activities.reduce(0) { $0 + $1.throttled })
            let budget = activities.compactMap(\.budgetPerMinute).first
            line.member("budget_per_minute", budget)
            line.member(
                "utilisation",
                status.requestsPerMinute.flatMap { pace in budget.map { pace / Double(max(1, $0)) } })
            line.endObject()
        }
        line.key("errors")
        line.beginArray()
        for error in status.errors {
            line.beginObject()
            line.member("class", error.category)
            line.member("code", error.code)
            line.member("count", error.count)
            line.member("last_message", error.lastMessage)
            line.endObject()
        }
        line.endArray()
        line.endObject()
    }

    private static func write(_ entity: EntityStatus, to line: inout JSONWriter) {
        let progress = entity.progress
        line.beginObject()
        line.member("phase", entity.phase)
        line.member("entity", entity.name)
        line.member("status", entity.status.rawValue)
        line.member("expected", entity.expected)
        line.member("extracted", progress.fetched)
        line.member("duplicates", progress.duplicates)
        line.member("accepted", progress.accepted)
        line.member("rejected", progress.rejected)
        line.member("warned", progress.warned)
        line.member("loaded", progress.loaded)
        line.member("percent", progress.loadedPercent)
        line.member("fetched_percent", progress.fetchedPercent)
        line.member("eta_seconds", progress.secondsLeft)
        line.key("notes")
        line.beginArray()
        for note in progress.notes { line.string(note) }
        line.endArray()
        line.member("state", entity.words)
        if !entity.groups.isEmpty {
            line.key("groups")
            line.beginArray()
            for group in entity.groups {
                line.beginObject()
                line.member("id", group.key)
                line.member("name", group.name)
                line.member("status", group.status.rawValue)
                line.member("expected", group.expected)
                line.member("extracted", group.records)
                line.endObject()
            }
            line.endArray()
        }
        line.endObject()
    }
}

extension JSONWriter {
    fileprivate mutating func member(_ name: String, _ value: String?) {
        key(name)
        if let value { string(value) } else { null() }
    }

    fileprivate mutating func member(_ name: String, _ value: Int?) {
        key(name)
        if let value { integer(value) } else { null() }
    }

    fileprivate mutating func member(_ name: String, _ value: Double?) {
        key(name)
        if let value { double((value * 1000).rounded() / 1000) } else { null() }
    }
}
