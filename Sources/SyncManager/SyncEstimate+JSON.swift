internal import JSON
internal import Staging

extension SyncEstimate {
    /// The estimate as one JSON object; it is stored on the job.
    public var json: String {
        var line = JSONWriter()
        line.beginObject()
        line.member("firm_size", firmSize)
        line.member("strategy", strategy)
        line.list("reasons", reasons)
        line.member("records", records)
        line.member("requests", requests)
        line.member("limit_per_minute", limit)
        line.member("requests_per_minute", requestsPerMinute)
        line.member("latency_seconds", latency)
        line.member("page_seconds", pageSeconds)
        line.member("seconds", seconds)
        line.member("held_seconds", heldSeconds)
        line.member("starts_at", UTC.text(secondsSince1970: Int64(startsAt)))
        line.member("ends_at", UTC.text(secondsSince1970: Int64(endsAt.rounded(.up))))
        line.member("peak_hours", peakHours?.text)
        line.key("is_peak")
        if peakHours == nil { line.null() } else { line.bool(isPeak) }
        line.member("database_bytes", databaseBytes)
        line.member("staging_bytes", stagingBytes)
        line.member("disk_bytes", diskBytes)
        line.member("disk_free_bytes", freeBytes)
        line.member("memory_bytes", memoryBytes)
        line.member("local_records_per_second", localRecordsPerSecond?.rounded())
        line.member("clio_user", user)
        line.key("typical")
        line.beginObject()
        line.member("duration", typical.duration)
        line.member("requests", typical.requests)
        line.member("database", typical.database)
        line.endObject()
        line.key("phases")
        line.beginArray()
        for phase in phases { phase.write(to: &line) }
        line.endArray()
        line.key("entities")
        line.beginArray()
        for entity in entities { entity.write(to: &line) }
        line.endArray()
        if let actual {
            line.key("actual")
            write(actual, to: &line)
        }
        line.endObject()
        return line.text
    }

    private func write(_ actual: EstimateCheck, to line: inout JSONWriter) {
        line.beginObject()
        line.member("requests", actual.requests)
        line.member("requests_off_percent", EstimateCheck.percent(Double(actual.requests), of: Double(requests)))
        line.member("seconds", actual.seconds)
        line.member("seconds_off_percent", EstimateCheck.percent(actual.seconds, of: seconds))
        line.member("peak_memory_bytes", actual.peakMemoryBytes)
        line.member("cpu_seconds", actual.cpuSeconds)
        line.member("local_records_per_second", actual.localRecordsPerSecond?.rounded())
        line.key("limit_changes")
        line.beginArray()
        for change in actual.limits {
            line.beginObject()
            line.member("at", change.at)
            line.member("limit_per_minute", change.limit)
            line.endObject()
        }
        line.endArray()
        line.endObject()
    }

    /// One line on how far off it was: for the end of a run.
    public var checkText: String? {
        guard let actual else { return nil }
        var text =
            "estimated \(requests) requests in \(Self.duration(seconds)), took \(actual.requests) "
            + "(\(EstimateCheck.words(Double(actual.requests), of: Double(requests)))) in \(Self.duration(actual.seconds)) "
            + "(\(EstimateCheck.words(actual.seconds, of: seconds)))"
        if !actual.limits.isEmpty {
            let steps = ([limit].compactMap { $0 } + actual.limits.map(\.limit)).map(String.init)
            text += "; Clio changed its limit meanwhile: \(steps.joined(separator: ", then ")) a minute"
        }
        return text
    }

    private static func duration(_ seconds: Double) -> String {
        let whole = Int(seconds.rounded())
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return whole >= 3600
            ? "\(whole / 3600):\(two(whole / 60 % 60)):\(two(whole % 60))" : "\(whole / 60):\(two(whole % 60))"
    }
}

/// What an earlier estimate measured on the firm's records.
struct EstimateSamples: Sendable {
    struct Sample: Sendable {
        let bytes: Double
        let staged: Double
        let outOfStep: Double?
    }

    /// By phase and entity.
    private(set) var entities: [String: Sample] = [:]
    /// Seconds that a whole page takes.
    private(set) var pageSeconds: Double?

    /// Reads them off a stored estimate; empty when there is none.
    init(_ json: String?) {
        guard let json else { return }
        let parser = JSONParser()
        // The values live no longer than their parser.
        withExtendedLifetime(parser) {
            guard let root = try? parser.parse(json) else { return }
            pageSeconds = root["page_seconds"]?.double
            root["entities"]?.forEachElement { entity in
                guard entity["measured"]?.bool == true, let phase = entity["phase"]?.string,
                    let name = entity["entity"]?.string, let bytes = entity["bytes_per_record"]?.double,
                    let staged = entity["staged_bytes_per_record"]?.double
                else { return }
                entities["\(phase)/\(name)"] = Sample(
                    bytes: bytes, staged: staged, outOfStep: entity["out_of_step"]?.double)
            }
        }
    }
}

extension SyncEstimate.PhaseEstimate {
    fileprivate func write(to line: inout JSONWriter) {
        line.beginObject()
        line.member("phase", phase)
        line.member("title", title)
        line.member("day", day)
        line.list("features", features)
        line.member("records", records)
        line.member("requests", requests)
        line.member("ready_after_seconds", readyAfter)
        line.endObject()
    }
}

extension SyncEstimate.EntityEstimate {
    fileprivate func write(to line: inout JSONWriter) {
        line.beginObject()
        line.member("phase", phase)
        line.member("entity", entity)
        line.member("records", records)
        line.member("requests", requests)
        line.member("seconds", seconds)
        line.member("bytes_per_record", bytesPerRecord)
        line.member("staged_bytes_per_record", stagedBytesPerRecord)
        line.key("measured")
        line.bool(isMeasured)
        line.key("out_of_step")
        if let outOfStep { line.double(outOfStep) } else { line.null() }
        line.endObject()
    }
}

extension JSONWriter {
    fileprivate mutating func list(_ name: String, _ texts: [String]) {
        key(name)
        beginArray()
        for text in texts { string(text) }
        endArray()
    }
}
