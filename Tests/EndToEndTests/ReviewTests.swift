import Foundation
import Testing

/// `review`, `trace` and `--max-rejected` on a hand-made layer, with sqlite3 and python3 as independent eyes.
@Suite(.timeLimit(.minutes(40)))
struct ReviewTests {
    private static let choice = ["--phase", "core", "--entity", "matters"]
    private static let database = "databases/default.sqlite"

    /// A matter: one with a status outside of the list is rejected, one without a display number warned.
    private func matter(_ id: String, status: String = "Open", number: String? = nil, more: String = "") -> String {
        let number = number ?? "\"N\(id)\""
        return
            #"{"id":\#(id),"display_number":\#(number),"status":"\#(status)","updated_at":"2026-01-02T03:04:05Z"\#(more)}"#
    }

    private func useStrictStatus(_ sandbox: Sandbox) throws {
        let text = String(decoding: sandbox.read("pipelines/core.yaml"), as: UTF8.self)
        let column = "status: {type: text, allowed: [Pending, Open, Closed], title: Status}"
        #expect(text.contains(column))
        let strict = column.replacing("title: Status", with: "title: Status, severity: reject")
        try sandbox.write(text.replacing(column, with: strict), to: "pipelines/core.yaml")
    }

    private func importMatters(_ sandbox: Sandbox, _ records: [String], force: Bool = false) async throws {
        try sandbox.write(records.map { $0 + "\n" }.joined(), to: "matters.ndjson")
        try await sandbox.cliosync(
            ["staged", "import"] + Self.choice + (force ? ["--force"] : []) + ["matters.ndjson"], nil
        ).expect(0)
    }

    private func process(_ sandbox: Sandbox) async throws {
        for stage in ["transform", "load", "verify"] {
            try await sandbox.cliosync([stage, "--no-progress"] + Self.choice, nil).expect(0)
        }
    }

    /// The group of a rule in `review ls --json`.
    private func group(_ sandbox: Sandbox, _ rule: String) async throws -> [String: Any] {
        let list = try await sandbox.cliosync(["review", "ls", "--json"] + Self.choice, nil)
        list.expect(0)
        let groups = try list.stdout.split(separator: "\n").compactMap {
            try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
        }
        return try #require(groups.first { $0["rule"] as? String == rule })
    }

    private func counts(_ group: [String: Any]) -> [Int] {
        ["records", "not_loaded", "open", "accepted", "rejected", "lapsed"].map {
            (group[$0] as? NSNumber)?.intValue ?? -1
        }
    }

    @Test(.gate) func anAcceptedRecordIsLoadedSurvivesRerunsAndLapsesWithItsValue() async throws {
        try await Sandbox.use { sandbox in
            try useStrictStatus(sandbox)
            try await importMatters(
                sandbox,
                [matter("1"), matter("2", status: "Gone"), matter("3", number: "null"), matter("4", status: "Lost")])
            try await process(sandbox)
            let ids = "SELECT group_concat(id) FROM (SELECT id FROM matters ORDER BY id)"
            #expect(try await sandbox.query(ids) == "1,3")
            #expect(counts(try await group(sandbox, "allowed")) == [2, 2, 2, 0, 0, 0])

            try await sandbox.cliosync(["review", "accept", "matters", "2", "--note", "the firm knows"], nil).expect(0)
            try await sandbox.cliosync(["review", "reject", "matters", "3"], nil).expect(0)
            // Decided, not applied yet.
            #expect(try await sandbox.query(ids) == "1,3")
            #expect(counts(try await group(sandbox, "allowed")) == [2, 2, 1, 1, 0, 0])
            try await process(sandbox)
            #expect(try await sandbox.query(ids) == "1,2")
            #expect(
                try await sandbox.query("SELECT status IS NULL, display_number FROM matters WHERE id = 2") == "1|N2")
            let note =
                "SELECT severity, json_extract(violations, '$[0].decision', '$[0].note') FROM flagged_records WHERE id = 2"
            #expect(try await sandbox.query(note) == #"warn|["accept","the firm knows"]"#)
            #expect(counts(try await group(sandbox, "allowed")) == [2, 1, 1, 1, 0, 0])
            #expect(counts(try await group(sandbox, "required")) == [1, 1, 0, 0, 1, 0])

            // Every rerun keeps it; the last line counts it.
            let files = sandbox.stagedFiles()
            let again = try await sandbox.cliosync(["transform", "--no-progress"] + Self.choice, nil)
            again.expect(0)
            #expect(again.stdout.contains("1 accepted and 1 rejected in review"))
            #expect(sandbox.stagedFiles() == files)
            try await sandbox.cliosync(["transform", "--force"] + Self.choice, nil).expect(0)
            try await sandbox.cliosync(["load", "--force"] + Self.choice, nil).expect(0)
            #expect(try await sandbox.query(ids) == "1,2")

            // Clio's value changes: what was decided about the old one holds no more.
            try await importMatters(
                sandbox, [matter("1"), matter("2", status: "Elsewhere"), matter("3"), matter("4", status: "Lost")],
                force: true)
            try await process(sandbox)
            #expect(try await sandbox.query(ids) == "1,3")
            #expect(counts(try await group(sandbox, "allowed")) == [2, 2, 2, 0, 0, 1])
            #expect(counts(try await group(sandbox, "required")) == [0, 0, 0, 0, 0, 1])
            let lines = String(decoding: sandbox.read("staging/default/decisions.ndjson"), as: UTF8.self)
            #expect(lines.split(separator: "\n").count == 2)
            let mode = try await sandbox.tool("stat", ["-c", "%a", "staging/default/decisions.ndjson"])
            #expect(mode == "600\n")
        }
    }

    @Test(.gate) func groupsAreShownFirstAndAKeyCannotBeAccepted() async throws {
        try await Sandbox.use { sandbox in
            try useStrictStatus(sandbox)
            let noKey = #"{"display_number":"x","status":"Gone"}"#
            let bad = (2...6).map { matter("\($0)", status: "Gone") }
            try await importMatters(sandbox, [matter("1")] + bad + [matter("\"x\"", number: "\"N\""), noKey])
            // The limit: 7 of 8 are rejected.
            for (limit, code) in [("7", 0), ("6", 3), ("90%", 0), ("80%", 3)] {
                let run = try await sandbox.cliosync(
                    ["transform", "--max-rejected", limit, "--force", "--json"] + Self.choice, nil)
                run.expect(Int32(code))
                #expect(
                    try run.report()["core", "matters"]?.status == (code == 0 ? "IN_PROGRESS" : "PARTIALLY_COMPLETED"))
                #expect(run.stdout.contains("7 of 8 records are rejected") == (code == 3))
            }
            try await sandbox.cliosync(["transform", "--max-rejected", "many"], nil).expect(2)
            try await process(sandbox)
            let accept = ["review", "accept", "matters", "--rule", "allowed", "--path", "status"]
            let preview = try await sandbox.cliosync(accept, nil)
            preview.expect(0)
            #expect(preview.stdout.contains("5 records"))
            #expect(preview.stdout.contains("--yes"))
            #expect(sandbox.read("staging/default/decisions.ndjson").isEmpty)
            try await sandbox.cliosync(accept + ["--yes"], nil).expect(0)
            try await process(sandbox)
            #expect(try await sandbox.query("SELECT count(*) FROM matters") == "6")
            // By id: all or nothing.
            let key = try await sandbox.cliosync(["review", "accept", "matters", "x"], nil)
            key.expect(2)
            #expect(key.stderr.contains("cannot be NULL"))
            try await sandbox.cliosync(["review", "accept", "matters", "1"], nil).expect(2)
            try await sandbox.cliosync(["review", "accept", "matters"], nil).expect(2)
            let show = try await sandbox.cliosync(["review", "show", "matters", "2"], nil)
            show.expect(0)
            #expect(show.stdout.contains("raw/matters/00001.ndjson.gz line 2"))
            #expect(show.stdout.contains(#/\n  status +Gone\n/#), "\(show.stdout)")
            let json = try await sandbox.cliosync(["review", "show", "matters", "2", "--json"], nil)
            #expect(json.stdout.contains(matter("2", status: "Gone")))
            try await sandbox.cliosync(["review", "show", "matters", "1"], nil).expect(1)

            // A decisions file that a hand spoiled stops transform, with the place.
            let good = String(decoding: sandbox.read("staging/default/decisions.ndjson"), as: UTF8.self)
            try sandbox.write(good + "{\"entity\":1}\n", to: "staging/default/decisions.ndjson")
            let spoiled = try await sandbox.cliosync(["transform"] + Self.choice, nil)
            spoiled.expect(1)
            #expect(spoiled.stderr.contains("decisions.ndjson: line 6 "))
        }
    }

    private func trace(_ sandbox: Sandbox, _ id: String, code: Int32 = 0) async throws -> [String: Any] {
        let ending = try await sandbox.cliosync(["trace", "matters", id, "--json"], nil)
        ending.expect(code)
        return try #require(try JSONSerialization.jsonObject(with: Data(ending.stdout.utf8)) as? [String: Any])
    }

    private func states(_ trace: [String: Any]) -> [String] {
        (trace["versions"] as? [[String: Any]] ?? []).compactMap { $0["state"] as? String }
    }

    @Test(.gate) func aTraceLeadsFromTheRawLineToTheRow() async throws {
        try await Sandbox.use { sandbox in
            try useStrictStatus(sandbox)
            let newer = matter("5", status: "Closed").replacing("2026-01-02", with: "2026-02-02")
            let records = [
                matter("1"), matter("2", status: "Gone"), matter("3", number: "null"), newer, matter("5"),
                "no json \"id\":6",
            ]
            try await importMatters(sandbox, records)
            #expect(states(try await trace(sandbox, "1")) == ["extracted"])
            try await sandbox.cliosync(["transform"] + Self.choice, nil).expect(0)
            #expect(states(try await trace(sandbox, "1")) == ["transformed"])
            for stage in ["load", "verify"] { try await sandbox.cliosync([stage] + Self.choice, nil).expect(0) }

            let healthy = try await trace(sandbox, "1")
            #expect(states(healthy) == ["row"])
            #expect((healthy["row"] as? [String: Any])?["display_number"] as? String == "N1")
            let warned = try await trace(sandbox, "3")
            #expect(states(warned) == ["row"])
            #expect(warned["flags"] is [String: Any])
            let rejected = try await trace(sandbox, "2")
            #expect(states(rejected) == ["rejected"])
            #expect(rejected["row"] is NSNull)
            let double = try await trace(sandbox, "5")
            #expect(states(double) == ["row", "older"])
            #expect((double["row"] as? [String: Any])?["status"] as? String == "Closed")
            #expect(states(try await trace(sandbox, "6")) == ["broken"])
            let unknown = try await trace(sandbox, "99", code: 1)
            #expect(unknown["found"] as? Bool == false)
            #expect((unknown["verdict"] as? [String])?.first?.contains("6 raw records") == true)
            // The places are where python finds the record.
            let version = try #require((double["versions"] as? [[String: Any]])?.last)
            let raw = try #require(version["raw"] as? [String: Any])
            let clean = try #require(version["clean"] as? [String: Any])
            for place in [raw, clean] {
                let line = try await sandbox.tool(
                    "sh",
                    [
                        "-c",
                        "zcat '\(place["file"] ?? "")' | sed -n \(place["line"] ?? 0)p | python3 -c 'import json,sys; print(json.load(sys.stdin)[\"id\"])'",
                    ])
                #expect(line == "5\n")
            }
            let text = try await sandbox.cliosync(["trace", "matters", "2"], nil)
            text.expect(0)
            #expect(text.stdout.contains(#/raw +\S+00001.ndjson.gz line 2, generation 1\n/#), "\(text.stdout)")
            #expect(text.stdout.contains(#/\n +status +Gone\n/#), "\(text.stdout)")
            try await sandbox.cliosync(["trace", "nothing", "2"], nil).expect(2)
        }
    }
}
