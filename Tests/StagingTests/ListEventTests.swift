import Foundation
import Testing

@testable import Staging

/// Facts about a list survive the journal, and those of earlier versions are understood.
@Suite struct ListEventTests {
    private static let partition = StreamKey(.partition(from: 1_767_225_600), attempt: 2)
    static let events: [ListEvent] = [
        .masked(fields: ["born drop", "tax sha256"], key: "0a1b2c3d"), .recentFirst(since: 1_767_225_601),
        .grouped(by: "user"), .groupsAbandoned(.empty(lookup: "core/users")),
        .groupsAbandoned(.ignored(filter: "user_id")), .groupsAbandoned(.refused(filter: "user_id")),
        .boundaries([1_700_000_000, 1_767_225_600]), .skew(hours: 17), .continued(partition, from: .list),
        .refetched(.list.free { $0 == .list }, expected: nil, received: 3),
        .refetched(.list.free { $0 == .list }, expected: 4, received: 3), .cursorLost(partition),
        .limitReached(.list, passedBy: .windows, shown: nil), .limitReached(.list, passedBy: .creations, shown: nil),
        .limitReached(partition, passedBy: nil, shown: nil),
        .limitReached(StreamKey(.window(from: nil, to: 1_767_225_600)), passedBy: nil, shown: 10_000),
        .partitionFilterIgnored(parameter: "created_since"), .windowFilterIgnored(parameter: "to"),
        .changesFilterIgnored(parameter: "updated_since", refusal: nil),
        .changesFilterIgnored(parameter: "updated_since", refusal: "refused"),
        .idsFilterIgnored(records: 2, isLookup: true), .idsFilterIgnored(records: 2, isLookup: false),
        .unexpectedRecords(30, asked: "client_only=true"), .fieldRefused("client.hat_size"),
        .batchSizeCut(wanted: 500, served: 200), .countsVoid(counted: 999), .countUnknown,
        .countDiffers(expected: 40, received: 39, isShort: true),
        .countDiffers(expected: 39, received: 40, isShort: false), .repaired(records: 1), .unstable, .sweepIncomplete,
        .otherUser(records: 2, user: "Ann"), .otherUser(records: 2, user: nil), .forbidden("/x: Clio answered 403"),
        .earlier(LayerNote(code: "redacted", severity: .warning, message: "of a version to come", stream: "all")),
    ]

    @Test func everyEventIsReadAsItWasWritten() async throws {
        let staging = FileManager.default.temporaryDirectory.appending(path: "events-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: staging) }
        let place = try ConnectionFolder(staging: staging, connection: "firm").entity(phase: "core", name: "tasks")
        let writer = try await RawLayerWriter.open(place, force: false)
        for event in Self.events + Self.events { try await writer.record(event) }
        #expect(try RawManifest.read(place)?.events == Self.events)
    }

    @Test func everyEventHasWordsAndACode() {
        for event in Self.events {
            #expect(!event.note.message.isEmpty && !event.note.code.isEmpty)
            #expect(event.note.stream == event.stream?.name)
        }
        #expect(Set(Self.events.map(\.note)).count == Self.events.count)
    }

    @Test(arguments: [
        "all", "all~2", "created_since=2026-01-01T00:00:00Z", "created_since=2026-01-01T00:00:00Z~3",
        "updated_since=2026-01-01T00:00:00Z~2", "from=2026-01-01T00:00:00Z,to=2026-02-01T00:00:00Z",
        "from=2026-01-01T00:00:00Z", "to=2026-01-01T00:00:00Z", "practice_area_id=17", "responsible_attorney_id=null",
        "ids=1..99", "ids=1..99~2", "import", "s12", "created_since=yesterday", "odd~name", "odd=1,2", "=1", "",
    ])
    func aKeyIsReadFromItsName(_ name: String) { #expect(StreamKey(name: name).name == name) }

    @Test func kindsOfStreamsAreToldApart() {
        #expect(StreamKey(name: "all~2") == StreamKey(.list, attempt: 2))
        #expect(StreamKey(name: "to=2026-01-01T00:00:00Z").scope == .window(from: nil, to: 1_767_225_600))
        // A whole day, as earlier versions wrote bounds of dates.
        #expect(StreamKey(name: "from=2026-01-01").scope == .window(from: 1_767_225_600, to: nil))
        #expect(StreamKey(name: "area_id=null").scope == .group(filter: "area_id", value: "null"))
        #expect(StreamKey(name: "import").scope == .other("import"))
        #expect(StreamKey(.partition(from: 12.75)) == StreamKey(.partition(from: 12)))
    }

    /// What version 0.1.0 wrote, and what it meant.
    @Test(
        arguments: [
            ("masked", "info", "born drop, tax sha256 with key 0a1b2c3d", nil, events[0]),
            ("recent_first", "info", "what is newer comes first: since 2026-01-01T00:00:01Z", nil, events[1]),
            ("grouped", "info", "one group after the other, by user", nil, events[2]),
            (
                "group_filter_ignored", "warning", "core/users names no groups; the list is walked without them", nil,
                events[3]
            ),
            (
                "group_filter_ignored", "warning",
                "Clio does not look at user_id here; the list is walked without groups", nil, events[4]
            ),
            (
                "group_filter_ignored", "warning", "Clio does not take user_id here; the list is walked without groups",
                nil, events[5]
            ),
            (
                "windows", "info",
                "the list is asked for in time windows; edges: 2023-11-14T22:13:20Z 2026-01-01T00:00:00Z", nil,
                events[6]
            ),
            ("out_of_step", "info", "ids and creations are out of step by up to 17 hours in this list", nil, events[7]),
            ("goes_on", "info", "it goes on from all", "created_since=2026-01-01T00:00:00Z~2", events[8]),
            (
                "walked_again", "info",
                "Clio counts no records, 3 came in several chains; the list is walked again in one", "all~2", events[9]
            ),
            (
                "walked_again", "info",
                "Clio counts 4 records, 3 came in several chains; the list is walked again in one", "all~2", events[10]
            ),
            (
                "restarted", "info",
                "Clio no longer takes the cursor of created_since=2026-01-01T00:00:00Z~2; it goes on where that stood",
                "created_since=2026-01-01T00:00:00Z~2", events[11]
            ),
            (
                "wall", "info", "Clio shows no more of this list in one walk; it is asked for in time windows", "all",
                events[12]
            ),
            (
                "wall", "info",
                "Clio shows no more of this list in one walk; it goes on from the creations that it came to", "all",
                events[13]
            ),
            (
                "wall", "warning",
                "Clio shows no more of this list, and nothing leads past it; later records are missing",
                "created_since=2026-01-01T00:00:00Z~2", events[14]
            ),
            (
                "wall", "warning",
                "Clio shows no more than 10000 records here, and no time window parts them; later records are missing",
                "to=2026-01-01T00:00:00Z", events[15]
            ),
            (
                "filter_ignored", "info",
                "Clio does not look at created_since here; the list is walked in one chain", nil, events[16]
            ),
            (
                "filter_ignored", "warning",
                "Clio counts the same with to as without it; the list cannot be cut in time", nil, events[17]
            ),
            (
                "filter_ignored", "warning",
                "Clio does not look at updated_since here; what changed during the walk may be out of date", nil,
                events[18]
            ),
            (
                "filter_ignored", "warning",
                "Clio does not take updated_since here (refused); what changed during the walk may be out of date", nil,
                events[19]
            ),
            (
                "filter_ignored", "warning",
                "Clio does not look at ids[] here: 2 records that the list shows no more are kept", nil, events[20]
            ),
            (
                "filter_ignored", "warning",
                "Clio does not look at ids[] here: 2 records that the list shows could not be fetched", nil, events[21]
            ),
            (
                "filter_ignored", "warning", "30 records do not match what was asked for (client_only=true)", nil,
                events[22]
            ),
            (
                "field_refused", "warning", "the field `client.hat_size` was refused by Clio and left out", nil,
                events[23]
            ),
            (
                "batch_size_cut", "warning", "Clio serves at most 200 records a page: 500 was cut to that", nil,
                events[24]
            ),
            (
                "counts_void", "info",
                "Clio counts 999 records where it shows none: its counts are not gone by for this list", nil, events[25]
            ),
            ("count_unknown", "info", "Clio gave no count to compare with", nil, events[26]),
            ("count_differs", "warning", "Clio counts 40 records, 39 came", nil, events[27]),
            ("count_differs", "info", "Clio counts 39 records, 40 came", nil, events[28]),
            (
                "mended", "info",
                "the list changed while it was walked: 1 records that were on no page were fetched by their ids", nil,
                events[29]
            ),
            (
                "shifted", "warning",
                "the list changed whenever it or its ids were walked, which can hide records; run again with --sweep",
                nil, events[30]
            ),
            (
                "sweep_incomplete", "warning",
                "the ids could not be walked to their end; what was deleted is not known", nil, events[31]
            ),
            (
                "other_user", "warning", "2 records are not shown to Ann, who did not fetch them: they are kept", nil,
                events[32]
            ),
            (
                "other_user", "warning", "2 records are not shown to this user, who did not fetch them: they are kept",
                nil, events[33]
            ),
            ("forbidden", "warning", "/x: Clio answered 403", nil, events[34]),
        ] as [(String, String, String, String?, ListEvent)])
    func aSentenceOfAnEarlierVersionIsUnderstood(
        _ code: String, _ severity: String, _ message: String, _ stream: String?, _ event: ListEvent
    ) throws {
        let note = LayerNote(
            code: code, severity: try #require(LayerNote.Severity(rawValue: severity)), message: message,
            stream: stream)
        #expect(EarlierNotes.event(note) == event)
        #expect(event.note.code == code && event.note.severity == note.severity && event.note.stream == stream)
    }

    @Test func whatIsNotUnderstoodStaysAsItIs() {
        for code in ["wall", "windows", "other", "sweep_incomplete", "field_refused", "out_of_step"] {
            let note = LayerNote(code: code, severity: .warning, message: "some words", stream: nil)
            #expect(EarlierNotes.event(note) == .earlier(note))
            #expect(EarlierNotes.event(note).note == note)
        }
    }
}
