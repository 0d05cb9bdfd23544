internal import JSON

/// The estimate that is stored on a job, as far as it tells how long things take.
public struct ProgressPlan: Sendable, Equatable {
    /// One list.
    struct List: Sendable, Equatable {
        let phase: String
        let entity: String
        /// Clio's count; nil: Clio did not tell.
        let records: Int?
        /// Requests that were still to be made.
        let requests: Int
        /// Seconds until it is fetched, from the beginning.
        let seconds: Double
    }

    let lists: [List]
    /// Seconds from the first request to the last check.
    let seconds: Double
    /// Seconds of that outside of the window.
    let heldSeconds: Double
    /// Records that transform, load and verify get done in a second, where that was measured.
    let localRecordsPerSecond: Double?

    init(lists: [List], seconds: Double, heldSeconds: Double = 0, localRecordsPerSecond: Double? = nil) {
        self.lists = lists
        self.seconds = seconds
        self.heldSeconds = heldSeconds
        self.localRecordsPerSecond = localRecordsPerSecond
    }

    /// Reads a stored estimate; nil when there is none.
    public init?(json: String?) {
        guard let json else { return nil }
        let parser = JSONParser()
        // Values live as long as their parser does.
        defer { withExtendedLifetime(parser) {} }
        guard let root = try? parser.parse(json), let entities = root["entities"] else { return nil }
        var lists: [List] = []
        entities.forEachElement { element in
            guard let phase = element["phase"]?.string, let entity = element["entity"]?.string else { return }
            lists.append(
                List(
                    phase: phase, entity: entity, records: element["records"]?.int64.map { Int($0) },
                    requests: Int(element["requests"]?.int64 ?? 0), seconds: element["seconds"]?.double ?? 0))
        }
        self.init(
            lists: lists, seconds: root["seconds"]?.double ?? 0, heldSeconds: root["held_seconds"]?.double ?? 0,
            localRecordsPerSecond: root["local_records_per_second"]?.double)
    }

    func list(_ phase: String, _ entity: String) -> List? {
        lists.first { $0.phase == phase && $0.entity == entity }
    }

    /// Requests for all lists.
    var requests: Int { lists.reduce(0) { $0 + $1.requests } }
    /// Seconds until everything is fetched, without those outside of the window.
    var fetchSeconds: Double { max(0, (lists.map(\.seconds).max() ?? 0) - heldSeconds) }
    /// Seconds that the local stages take after the last page.
    var localSeconds: Double { max(0, seconds - (lists.map(\.seconds).max() ?? 0)) }
}
