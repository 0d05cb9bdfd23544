internal import Foundation

/// What a later run takes from an estimate that is stored on a job.
struct StoredEstimate: Decodable {
    /// One list.
    struct List: Decodable {
        let phase: String
        let entity: String
        let bytesPerRecord: Double?
        let stagedBytesPerRecord: Double?
        /// Whether these were measured on the firm's records.
        let measured: Bool?
        let outOfStep: Double?
    }

    /// The actual numbers.
    struct Actual: Decodable {
        let localRecordsPerSecond: Double?
    }

    /// Seconds that a whole page takes.
    let pageSeconds: Double?
    let localRecordsPerSecond: Double?
    let entities: [List]?
    let actual: Actual?

    /// nil when nothing usable is stored.
    init?(_ json: String?) {
        guard let json else { return nil }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let stored = try? decoder.decode(Self.self, from: Data(json.utf8)) else { return nil }
        self = stored
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
    let pageSeconds: Double?

    /// Those of a stored estimate; none when there is none.
    init(_ json: String?) {
        let stored = StoredEstimate(json)
        pageSeconds = stored?.pageSeconds
        for list in stored?.entities ?? [] where list.measured == true {
            guard let bytes = list.bytesPerRecord, let staged = list.stagedBytesPerRecord else { continue }
            entities["\(list.phase)/\(list.entity)"] = Sample(bytes: bytes, staged: staged, outOfStep: list.outOfStep)
        }
    }
}
