internal import JSON
internal import Jobs
internal import Load
internal import Staging
internal import Verify

extension RunReport {
    /// The report as one JSON object, with keys that scripts may rely on.
    public var json: String {
        var line = JSONWriter()
        line.beginObject()
        if let job {
            line.key("job")
            job.write(to: &line, user: account?.user)
        }
        if let account {
            line.key("account")
            line.raw(account.json)
        }
        line.key("entities")
        line.beginArray()
        for entity in entities { entity.write(to: &line) }
        line.endArray()
        if let requests {
            line.key("requests")
            requests.write(to: &line)
        }
        line.key("errors")
        line.beginArray()
        for error in errors {
            line.beginObject()
            line.member("class", error.errorClass)
            line.member("code", error.code)
            line.member("count", error.count)
            line.member("last_message", error.lastMessage)
            line.endObject()
        }
        line.endArray()
        if let estimateJSON {
            line.key("estimate")
            line.raw(estimateJSON)
        }
        if let verify {
            line.key("verify")
            verify.write(to: &line)
        }
        line.endObject()
        return line.text
    }
}

extension JobSummary {
    func write(to line: inout JSONWriter, user: String?) {
        line.beginObject()
        line.member("id", id)
        line.member("connection", connection)
        line.member("status", status)
        line.member("started_at", startedAt)
        line.member("completed_at", completedAt)
        line.member("estimated_items", estimatedItems)
        line.member("synced_items", syncedItems)
        line.member("percent", percent)
        line.member("fetched_percent", fetchedPercent)
        line.member("eta_seconds", etaSeconds)
        line.key("features_available")
        line.beginArray()
        for feature in featuresAvailable { line.string(feature) }
        line.endArray()
        if let user { line.member("clio_user", user) }
        line.key("running")
        line.bool(isRunning)
        line.member("waits_for", waitsFor)
        line.member("waits_until", waitsUntil.map { UTC.text(secondsSince1970: Int64($0)) })
        line.endObject()
    }
}

extension EntitySummary {
    func write(to line: inout JSONWriter) {
        line.beginObject()
        line.member("phase", phase)
        line.member("entity", entity)
        line.member("status", status)
        line.member("expected", expected)
        line.member("extracted", extracted)
        line.member("duplicates", duplicates)
        line.member("accepted", accepted)
        line.member("rejected", rejected)
        line.member("warned", warned)
        line.member("accepted_in_review", review.accepted)
        line.member("rejected_in_review", review.rejected)
        line.member("loaded", loaded)
        line.member("percent", percent)
        line.member("fetched_percent", fetchedPercent)
        line.member("eta_seconds", etaSeconds)
        line.key("notes")
        line.beginArray()
        for note in notes { line.string(note) }
        line.endArray()
        if !groups.isEmpty {
            line.key("groups")
            line.beginArray()
            for group in groups { group.write(to: &line) }
            line.endArray()
        }
        line.endObject()
    }
}

extension GroupSummary {
    func write(to line: inout JSONWriter) {
        line.beginObject()
        line.member("id", key)
        line.member("name", name)
        line.member("status", status.rawValue)
        line.member("expected", expected)
        line.member("extracted", records)
        line.endObject()
    }
}

extension RequestSummary {
    func write(to line: inout JSONWriter) {
        line.beginObject()
        line.member("made", made)
        line.member("retried", retried)
        line.member("throttled_429", throttled)
        line.member("budget_per_minute", budgetPerMinute)
        line.member("utilisation", utilisation)
        line.endObject()
    }
}

extension VerifySummary {
    func write(to line: inout JSONWriter) {
        line.beginObject()
        line.key("ok")
        line.bool(ok)
        line.key("checks")
        line.beginArray()
        for check in checks {
            line.beginObject()
            if let phase = check.phase { line.member("phase", phase) }
            line.member("entity", check.entity)
            line.member("check", check.check)
            line.member("expected", check.expected)
            line.member("actual", check.actual)
            line.key("ok")
            line.bool(check.ok)
            if let detail = check.detail { line.member("detail", detail) }
            line.endObject()
        }
        line.endArray()
        line.key("orphans")
        line.beginArray()
        for orphan in orphans {
            line.beginObject()
            line.member("table", orphan.table)
            line.member("column", orphan.column)
            line.member("parent", orphan.parent)
            line.member("records", orphan.records)
            line.member("missing", orphan.missing)
            line.key("most_frequent")
            line.beginArray()
            for parent in orphan.mostFrequent {
                line.beginObject()
                line.member("id", parent.id)
                line.member("records", parent.records)
                line.endObject()
            }
            line.endArray()
            line.endObject()
        }
        line.endArray()
        line.endObject()
    }
}

extension JSONWriter {
    mutating func member(_ name: String, _ value: String?) {
        key(name)
        if let value { string(value) } else { null() }
    }

    mutating func member(_ name: String, _ value: Int?) {
        key(name)
        if let value { integer(value) } else { null() }
    }

    mutating func member(_ name: String, _ value: Double?) {
        key(name)
        if let value { double((value * 1000).rounded() / 1000) } else { null() }
    }
}
