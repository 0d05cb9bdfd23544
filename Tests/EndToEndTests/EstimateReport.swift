/// What `estimate --json` prints, and where `run --json` and `status --json` have it.
struct EstimateReport: Decodable, Sendable {
    struct Estimate: Decodable, Sendable {
        struct Actual: Decodable, Sendable {
            let requests: Int
            let requests_off_percent: Double
            let seconds_off_percent: Double
            let limit_changes: [Change]
        }
        struct Change: Decodable, Sendable { let limit_per_minute: Int }
        struct Phase: Decodable, Sendable { let features: [String] }
        let firm_size: String
        let records: Int
        let requests: Int
        let seconds: Double
        let database_bytes: Int
        let limit_per_minute: Int
        let phases: [Phase]
        let actual: Actual?
    }

    let estimate: Estimate
}
