internal import Account
public import JSON
internal import Staging

extension SyncEstimate: JSONReport {
    private enum CodingKeys: String, CodingKey {
        case firmSize, strategy, reasons, records, requests
        case limit = "limit_per_minute"
        case requestsPerMinute
        case latency = "latency_seconds"
        case pageSeconds, seconds, heldSeconds, startsAt, endsAt, peakHours, isPeak, databaseBytes, stagingBytes,
            diskBytes
        case freeBytes = "disk_free_bytes"
        case memoryBytes, localRecordsPerSecond
        case user = "clio_user"
        case timeZone, message, range, timeline
        case typical, phases, entities, actual
    }

    /// The estimate as it is stored on the job.
    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(firmSize, forKey: .firmSize)
        try members.encode(strategy, forKey: .strategy)
        try members.encode(reasons, forKey: .reasons)
        try members.encode(records, forKey: .records)
        try members.encode(requests, forKey: .requests)
        try members.encode(limit, forKey: .limit)
        try members.encode(requestsPerMinute, forKey: .requestsPerMinute)
        try members.encode(latency, forKey: .latency)
        try members.encode(pageSeconds, forKey: .pageSeconds)
        try members.encode(seconds, forKey: .seconds)
        try members.encode(heldSeconds, forKey: .heldSeconds)
        try members.encode(UTC.text(secondsSince1970: Int64(startsAt)), forKey: .startsAt)
        try members.encode(UTC.text(secondsSince1970: Int64(endsAt.rounded(.up))), forKey: .endsAt)
        try members.encode(peakHours?.text, forKey: .peakHours)
        try members.encode(peakHours.map { _ in isPeak }, forKey: .isPeak)
        try members.encode(databaseBytes, forKey: .databaseBytes)
        try members.encode(stagingBytes, forKey: .stagingBytes)
        try members.encode(diskBytes, forKey: .diskBytes)
        try members.encode(freeBytes, forKey: .freeBytes)
        try members.encode(memoryBytes, forKey: .memoryBytes)
        try members.encode(localRecordsPerSecond?.rounded(), forKey: .localRecordsPerSecond)
        try members.encode(user, forKey: .user)
        try members.encode(timeZone, forKey: .timeZone)
        try members.encode(message, forKey: .message)
        try members.encode(range, forKey: .range)
        try members.encode(timeline, forKey: .timeline)
        try members.encode(typical, forKey: .typical)
        try members.encode(phases, forKey: .phases)
        try members.encode(entities, forKey: .entities)
        if let actual { try members.encode(ActualReport(actual, of: self), forKey: .actual) }
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

/// The actual numbers beside an estimate.
private struct ActualReport: Encodable {
    let requests: Int
    let requestsOffPercent: Double
    let seconds: Double
    let secondsOffPercent: Double
    let peakMemoryBytes: Int
    let cpuSeconds: Double
    let localRecordsPerSecond: Double?
    let limitChanges: [EstimateCheck.LimitChange]

    init(_ actual: EstimateCheck, of estimate: SyncEstimate) {
        requests = actual.requests
        requestsOffPercent = EstimateCheck.percent(Double(actual.requests), of: Double(estimate.requests))
        seconds = actual.seconds
        secondsOffPercent = EstimateCheck.percent(actual.seconds, of: estimate.seconds)
        peakMemoryBytes = actual.peakMemoryBytes
        cpuSeconds = actual.cpuSeconds
        localRecordsPerSecond = actual.localRecordsPerSecond?.rounded()
        limitChanges = actual.limits
    }
}
