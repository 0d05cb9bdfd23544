import Foundation
import Testing

/// What `run --json` and `status --json` print: the keys that scripts may rely on.
struct Report: Decodable, Sendable {
    struct Job: Decodable, Sendable {
        let id: String
        let status: String
        let percent: Double?
        let synced_items: Int
        let estimated_items: Int?
        let features_available: [String]
        let as_of: String?
    }

    struct Entity: Decodable, Sendable {
        let phase: String
        let entity: String
        let status: String
        let expected: Int?
        let extracted: Int
        let duplicates: Int
        let accepted: Int
        let rejected: Int
        let warned: Int
        let loaded: Int
        let groups: [Group]?
    }

    /// One group of an entity that is brought group by group.
    struct Group: Decodable, Sendable {
        let id: String
        let name: String?
        let status: String
        let expected: Int?
        let extracted: Int
    }

    struct Requests: Decodable, Sendable {
        let made: Int
        let retried: Int
        let throttled_429: Int
    }

    struct Check: Decodable, Sendable {
        let entity: String
        let check: String
        let ok: Bool
        let expected: String?
        let actual: String?
    }

    struct Verify: Decodable, Sendable {
        let ok: Bool
        let checks: [Check]
    }

    let job: Job?
    let entities: [Entity]
    let requests: Requests?
    let verify: Verify?

    subscript(phase: String, entity: String) -> Entity? {
        entities.first { $0.phase == phase && $0.entity == entity }
    }
}

extension ChildProcess.Ending {
    /// The one object on stdout.
    func report(location: SourceLocation = #_sourceLocation) throws -> Report {
        do {
            return try JSONDecoder().decode(Report.self, from: Data(stdout.utf8))
        } catch {
            Issue.record("no report: \(stdout.prefix(500)) \(stderr.suffix(1000))", sourceLocation: location)
            throw error
        }
    }

    /// Expects an exit code.
    func expect(_ expected: Int32, location: SourceLocation = #_sourceLocation) {
        #expect(
            code == expected, "stdout: \(stdout.suffix(1500))\nstderr: \(stderr.suffix(1500))",
            sourceLocation: location)
    }
}
