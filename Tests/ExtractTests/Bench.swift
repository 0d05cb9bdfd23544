import Foundation
import JSON
import Logging
import Pipelines
import Staging
import Synchronization

@testable import Extract

/// A time that passes only when somebody sleeps.
final class TurnedClock: Sendable {
    private let time = Mutex(0.0)
    let slept = Mutex<[Double]>([])

    /// Lets time pass, as if an answer took so long.
    func advance(_ seconds: Double) { time.withLock { $0 += seconds } }

    var clock: ExtractClock {
        ExtractClock(
            now: { self.time.withLock { $0 } },
            wall: { Date().timeIntervalSince1970 },
            sleep: { seconds in
                self.time.withLock { $0 += max(seconds, 0.0001) }
                self.slept.withLock { $0.append(seconds) }
                await Task.yield()
            },
            random: { 0.5 })
    }
}

/// A Clio double, a client for it, and a staging folder, for one test.
final class Bench: Sendable {
    let double: ClioDouble
    let folder: ConnectionFolder
    let staging: String
    let clock = TurnedClock()
    let events = Mutex<[ExtractEvent]>([])
    let settings: Mutex<ExtractSettings>

    init(_ state: ClioDouble.State, settings: ExtractSettings = ExtractSettings()) async throws {
        double = try ClioDouble(state)
        try await double.start()
        staging = FileManager.default.temporaryDirectory.path + "/cliosync-extract-\(UUID().uuidString)"
        folder = try ConnectionFolder(staging: staging, connection: "firm")
        try folder.create()
        self.settings = Mutex(settings)
    }

    func close() async {
        await double.stop()
        try? FileManager.default.removeItem(atPath: staging)
    }

    func client(token: String = "T1", refresh: String? = nil, file: String? = nil) throws -> ClioClient {
        var settings = settings.withLock { $0 }
        settings.baseURL = double.baseURL
        let tokens = TokenStore(
            accessToken: token, refreshToken: refresh, clientID: refresh.map { _ in "id&1" },
            clientSecret: refresh.map { _ in "s=cret" }, file: file, baseURL: settings.baseURL)
        var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        logger.logLevel = .critical
        return try ClioClient(settings, tokens: tokens, accessToken: token, logger: logger, clock: clock.clock)
    }

    func extract(
        _ entities: [Entity], client: ClioClient? = nil, recentSince: Double? = nil, groupBy: String? = nil,
        prefer: (entity: String, group: String)? = nil, force: Bool = false, sweep: Bool = false,
        update: DeletionMode? = nil,
        account: Account? = nil, acceptsRemovals: Bool = false, stop: StopSignal = StopSignal(),
        onEvent: @escaping @Sendable (ExtractEvent) -> Void = { _ in }
    ) async throws -> [ExtractOutcome] {
        let client = try client ?? self.client()
        let extractor = Extractor(client: client, logger: client.logger)
        if let prefer { extractor.prefer(entity: prefer.entity, group: prefer.group) }
        return await extractor.extract(
            entities, recentSince: recentSince, groupBy: groupBy, in: folder, force: force,
            update: update ?? (sweep ? .sweep : nil),
            account: account,
            acceptsRemovals: acceptsRemovals, stop: stop
        ) { event in
            self.events.withLock { $0.append(event) }
            onEvent(event)
        }
    }

    func manifest(_ entity: Entity) throws -> RawManifest? {
        try RawManifest.read(folder.entity(phase: entity.phase, name: entity.name))
    }

    /// The ids in the raw layer, in order.
    func ids(_ entity: Entity) throws -> [Int] {
        let place = folder.entity(phase: entity.phase, name: entity.name)
        guard let manifest = try RawManifest.read(place) else { return [] }
        let parser = JSONParser()
        var ids: [Int] = []
        for part in manifest.parts {
            let reader = try NDJSONReader(manifest.file(part, in: place))
            while let line = try reader.next() {
                let id = try parser.parse(line)["id"]?.int64
                ids.append(Int(id ?? -1))
            }
        }
        return ids
    }
}

/// An entity with as little as the stage needs.
func entity(
    _ name: String = "things", priority: Int = 1, parameters: [Parameter] = [], expectations: [Expectation] = [],
    order: String? = "id(asc)", fields: [String] = ["id", "name", "owner{id,name}", "created_at"], batchSize: Int = 200,
    windows: Windows? = nil, since: Since = Since(), isRecentFirst: Bool = false,
    groupings: [Grouping] = []
) -> Entity {
    Entity(
        phase: "core", name: name, title: name, priority: priority, endpoint: name, parameters: parameters,
        expectations: expectations, order: order, batchSize: batchSize, maximumBatchSize: 200, batchSetting: nil,
        fields: fields, windows: windows, since: since, isRecentFirst: isRecentFirst, groupings: groupings,
        table: Table(name: name, title: name, description: nil, columns: [], children: [], rules: [], indexes: []),
        tableDefinedIn: TableOwner(phase: "core", entity: name))
}

let timeWindows = Windows(
    lowerParameter: "from", upperParameter: "to", startField: "start_at", endField: "end_at", boundType: .timestamp)

/// Records with ids from 1.
func records(_ count: Int, rest: (Int) -> String = { "\"name\":\"r\($0)\"" }) -> [ClioDouble.Record] {
    (1...max(1, count)).prefix(count).map { ClioDouble.Record(id: $0, rest: rest($0)) }
}

/// Calendar-like records, half an hour long, evenly over so many years up to now.
func events(_ count: Int, years: Double) -> [ClioDouble.Record] {
    let now = (Date().timeIntervalSince1970 / 60).rounded(.down) * 60
    return (1...count).map { id in
        let begins = (now - years * 31_557_600 * (1 - Double(id) / Double(count))).rounded()
        let start = Moment.timestamp(begins)
        let end = Moment.timestamp(begins + 1800)
        return ClioDouble.Record(
            id: id, begins: begins, ends: begins + 1800, rest: "\"start_at\":\"\(start)\",\"end_at\":\"\(end)\"")
    }
}

/// What nearly every list of Clio offers.
let bothSince = Since(created: "created_since", updated: "updated_since")

/// Records created one after the other, a minute apart, the last one a day ago.
func created(_ count: Int, change: (Int, inout Double) -> Void = { _, _ in }) -> [ClioDouble.Record] {
    let last = (Date().timeIntervalSince1970 - 86_400).rounded()
    return (1...count).map { id in
        var time = last - Double(count - id) * 60
        change(id, &time)
        return ClioDouble.Record(
            id: id, begins: time, ends: time, updated: time,
            rest: "\"name\":\"r\(id)\",\"created_at\":\"\(Moment.timestamp(time))\"")
    }
}

/// Settings with which every answer under way arrives after a stop, however busy the machine is.
let patient: ExtractSettings = {
    var settings = ExtractSettings()
    settings.stopPatience = 60
    return settings
}()
