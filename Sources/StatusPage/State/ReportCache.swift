internal import Jobs

/// Reads the report of a run that has ended once: it does not change any more.
struct ReportCache {
    private struct Key: Hashable {
        let record: String
        let run: Int64
    }

    private static let most = 200
    private var known: [Key: JobRunReport] = [:]

    mutating func report(_ run: JobRun, _ store: JobStore) throws -> JobRunReport? {
        let key = Key(record: store.path, run: run.id)
        if let report = known[key] { return report }
        guard let report = try store.report(run: run.id) else { return nil }
        if known.count >= Self.most { known = [:] }
        if run.endedAt != nil { known[key] = report }
        return report
    }
}
