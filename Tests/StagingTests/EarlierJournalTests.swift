import Foundation
import TestSupport
import Testing

@testable import Staging

/// The journals in the stored folders of earlier versions say to this version what they said to theirs.
@Suite struct EarlierJournalTests {
    /// What the file beside a stored folder says of a journal.
    struct Fact: Decodable {
        let layer: String
        let generation: Int
        let records: Int
        let parts: Int
        let pages: Int?
        let sealed: Int?
        /// Whether each stream came to its end.
        let streams: [String: Bool]?
        /// Code and severity.
        let notes: [String]?
        let deleted: Int?
        let complete: String?
        let raw_generation: Int?
        let accepted: Int?
        let rejected: Int?
        let warned: Int?
    }

    private struct Folder: Decodable { let journals: [String: Fact] }

    /// A stored folder, by its path without an extension.
    struct Name: Sendable, CustomTestStringConvertible {
        let path: String

        var testDescription: String { path.split(separator: "/").suffix(2).joined(separator: "/") }

        func journals() throws -> [String: Fact] {
            let file = URL(fileURLWithPath: path + ".json")
            return try JSONDecoder().decode(Folder.self, from: Data(contentsOf: file)).journals
        }
    }

    static let names: [Name] = {
        let root =
            URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().path
            + "/Fixtures/folders"
        let paths = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
        return paths.filter { $0.hasSuffix(".json") }.sorted().map { Name(path: "\(root)/\($0.dropLast(5))") }
    }()

    @Test(arguments: names)
    func journalsOfAnEarlierVersionAreReadAsTheyWereWritten(_ name: Name) async throws {
        let staging = NSTemporaryDirectory() + "/earlier-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: staging) }
        try FileManager.default.createDirectory(atPath: staging, withIntermediateDirectories: true)
        #expect(await Tool.run("tar", ["xzf", name.path + ".tar.gz", "-C", staging]).code == 0)
        let journals = try name.journals()
        #expect(!journals.isEmpty)
        for (place, fact) in journals {
            if fact.layer == "raw" {
                try expect(fact, RawManifest.read(directory: "\(staging)/staging/\(place)"), place)
            } else {
                // CONNECTION/PHASE/clean/ENTITY
                let words = place.split(separator: "/").map(String.init)
                let folder = try ConnectionFolder(staging: staging + "/staging", connection: words[0])
                try expect(fact, ResultManifest.read(folder.entity(phase: words[1], name: words[3])), place)
            }
        }
    }

    private func expect(_ fact: Fact, _ manifest: RawManifest?, _ place: String) throws {
        let manifest = try #require(manifest, "\(place)")
        #expect(manifest.header.generation == fact.generation, "\(place)")
        #expect(manifest.records == fact.records, "\(place)")
        #expect(manifest.pages.count == fact.pages, "\(place)")
        #expect(manifest.parts.count == fact.parts, "\(place)")
        #expect(manifest.parts.filter(\.sealed).count == fact.sealed, "\(place)")
        let streams = manifest.streams.map { ($0.key.name, $0.value.finished) }
        #expect(Dictionary(uniqueKeysWithValues: streams) == fact.streams, "\(place)")
        #expect(manifest.notes.map { "\($0.code) \($0.severity.rawValue)" } == fact.notes, "\(place)")
        #expect(manifest.deletions.reduce(0) { $0 + $1.ids.count } == fact.deleted, "\(place)")
        #expect(manifest.completion?.status.rawValue == fact.complete, "\(place)")
    }

    private func expect(_ fact: Fact, _ manifest: ResultManifest?, _ place: String) throws {
        let manifest = try #require(manifest, "\(place)")
        #expect(manifest.header.generation == fact.generation, "\(place)")
        #expect(manifest.header.rawGeneration == fact.raw_generation, "\(place)")
        #expect(manifest.parts.count == fact.parts, "\(place)")
        #expect(manifest.records == fact.records, "\(place)")
        #expect(manifest.accepted == fact.accepted, "\(place)")
        #expect(manifest.rejected == fact.rejected, "\(place)")
        #expect(manifest.warned == fact.warned, "\(place)")
    }

    /// Earlier versions stored the Date header of a page as it was sent; this one stores the instant.
    @Test func theServersTimeOfEarlierPagesIsReadAsAnInstant() async throws {
        let staging = NSTemporaryDirectory() + "/earlier-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: staging) }
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
        struct Page: Decodable { let page: Int?, server_date: String? }
        var compared = 0
        for (number, name) in Self.names.prefix(6).enumerated() {
            let folder = "\(staging)/\(number)"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            #expect(await Tool.run("tar", ["xzf", name.path + ".tar.gz", "-C", folder]).code == 0)
            for (place, fact) in try name.journals() where fact.layer == "raw" {
                let directory = "\(folder)/staging/\(place)"
                let manifest = try #require(try RawManifest.read(directory: directory))
                let text = try String(contentsOfFile: directory + "/manifest.ndjson", encoding: .utf8)
                let pages = try text.split(separator: "\n").prefix(while: { $0.hasSuffix("}") }).map {
                    try JSONDecoder().decode(Page.self, from: Data($0.utf8))
                }.filter { $0.page != nil }
                let times = pages.map { $0.server_date.flatMap(format.date)?.timeIntervalSince1970 }
                #expect(manifest.pages.map(\.serverTime) == times, "\(place)")
                compared += times.compactMap(\.self).count
                for (key, stream) in manifest.streams where stream.pages > 0 {
                    let first = manifest.pages.first { $0.stream == key }
                    #expect(stream.serverTime == first?.serverTime, "\(place), \(key.name)")
                }
            }
        }
        #expect(compared > 50, "\(compared) pages")
    }

    /// Whatever the first version that is stored here could write into a journal stands in some folder.
    @Test func everyKindOfNoteStreamAndStateIsStored() throws {
        let journals = try Self.names.flatMap { try $0.journals().map { $0 } }
        let raw = journals.map(\.value).filter { $0.layer == "raw" }
        let notes = Set(raw.flatMap { $0.notes ?? [] })
        let wanted: Set = [
            "count_differs info", "count_differs warning", "count_unknown info", "counts_void info",
            "field_refused warning", "filter_ignored info", "filter_ignored warning", "forbidden warning",
            "goes_on info", "group_filter_ignored warning", "grouped info", "mended info", "out_of_step info",
            "recent_first info", "restarted info", "shifted warning", "sweep_incomplete warning", "walked_again info",
            "wall info", "wall warning", "windows info",
        ]
        #expect(wanted.subtracting(notes).isEmpty, "\(wanted.subtracting(notes))")
        let streams = raw.flatMap { ($0.streams ?? [:]).map { $0 } }
        for kind in [
            "all", "all~", "created_since=", "updated_since=", "ids=", "from=", "to=", "practice_area_id=",
            "responsible_attorney_id=null", "assignee_id=", "user_id=", "import",
        ] {
            #expect(streams.contains { $0.key.hasPrefix(kind) }, "\(kind)")
        }
        // Each of these was also interrupted.
        for kind in ["all", "all~", "created_since=", "from=", "to=", "practice_area_id=", "assignee_id="] {
            #expect(streams.contains { $0.key.hasPrefix(kind) && !$0.value }, "\(kind), interrupted")
        }
        #expect(streams.contains { $0.key.hasPrefix("updated_since=") && $0.key.contains("~") })
        #expect(Set(raw.map { $0.complete ?? "open" }) == ["complete", "partial", "open"])
        #expect(raw.contains { $0.generation > 1 } && raw.contains { ($0.deleted ?? 0) > 0 })
        #expect(raw.contains { ($0.sealed ?? 0) < $0.parts })
        let places = journals.map(\.key)
        #expect(places.contains { $0.contains("/.next/raw/") } && places.contains { $0.contains("/.sweep/") })
    }
}
