import ClioSimulator
import Foundation
import Testing

/// A line of the answer sheet.
private struct Line {
    var entity: String
    var id: Int?
    var healthy: Bool
    var defect: String
    var rule: String
    var path: String
    var etag: String

    init(_ object: [String: Any]) {
        entity = object["entity"] as? String ?? ""
        id = Wire.id(object["id"])
        healthy = object["healthy"] as? Bool ?? false
        defect = object["defect"] as? String ?? ""
        rule = object["rule"] as? String ?? ""
        path = object["path"] as? String ?? ""
        etag = object["etag"] as? String ?? ""
    }
}

@Suite(.timeLimit(.minutes(5))) struct DefectTests {
    private static let shape = FirmShape(
        matters: 800, contacts: 900, calendarEntries: 800, tasks: 700, documents: 900, activities: 1_500, users: 9,
        practiceAreas: 6)

    /// Enough of each kind for every defect of it.
    private static let small = FirmShape(
        matters: 200, contacts: 220, calendarEntries: 200, tasks: 200, documents: 220, activities: 320, users: 9,
        practiceAreas: 6)

    private func sheet(_ path: String) throws -> [Line] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map { line in
            Line(try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]))
        }
    }

    @Test func theSheetNamesEveryDefectWithItsRule() throws {
        let path = try temporaryFolder() + "/truth.ndjson"
        defer { try? FileManager.default.removeItem(atPath: (path as NSString).deletingLastPathComponent) }
        var options = SimulatorOptions()
        options.shape = DefectTests.shape
        options.defects = 0.2
        options.truthPath = path
        _ = try Simulator(options: options)
        let lines = try sheet(path)
        var named: [String: Set<String>] = [:]
        for line in lines where !line.healthy {
            named[line.entity, default: []].insert("\(line.defect) → \(line.rule) \(line.path)")
        }
        #expect(
            named == [
                "matters": [
                    "bad_date → type open_date", "unknown_status → allowed status", "client_id_text → type client.id",
                    "close_before_open → closes_after_opening close_date",
                    "no_display_number → required display_number",
                    "id_overflow → type id", "number_overflow → type number", "lone_surrogate → json description",
                    "bad_currency → pattern currency.code", "no_id → required id",
                ],
                "contacts": [
                    "unknown_type → allowed type", "bad_birth_date → type date_of_birth",
                    "phone_as_number → type phone_numbers[0].number", "no_name → required name",
                    "invalid_utf8 → json title", "is_client_text → type is_client",
                ],
                "calendar_entries": [
                    "end_before_start → ends_after_start end_at", "impossible_time → type start_at",
                    "no_id → required id",
                    "orphan_matter → reference matter.id",
                ],
                "tasks": [
                    "unknown_status → allowed status", "unknown_priority → allowed priority",
                    "bad_due_date → type due_at",
                    "negative_estimate → range time_estimated",
                ],
                "documents": [
                    "negative_size → range size", "size_text → type size", "bad_created_at → type created_at",
                    "orphan_matter → reference matter.id",
                ],
                "time_entries": [
                    "price_text → type price", "bad_date → type date", "negative_quantity → range quantity",
                    "no_date → required date", "orphan_matter → reference matter.id", "orphan_user → reference user.id",
                    "no_id → required id",
                ],
                "communications": [
                    "bad_created_at → type created_at", "orphan_matter → reference matter.id",
                    "unknown_type → allowed type",
                ],
                "relationships": [
                    "no_id → required id", "bad_created_at → type created_at", "orphan_matter → reference matter.id",
                ],
                "log_entries": [
                    "no_id → required id", "bad_created_at → type created_at", "unknown_type → allowed type",
                ],
                "bills": ["unknown_state → allowed state", "balance_text → type balance"],
                "line_items": [
                    "no_id → required id", "orphan_matter → reference matter.id", "unknown_kind → allowed kind",
                    "total_text → type total",
                ],
                "allocations": [
                    "bad_created_at → type created_at", "orphan_matter → reference matter.id",
                    "amount_text → type amount", "no_amount → required amount",
                ],
                "bank_transactions": [
                    "no_id → required id", "orphan_matter → reference matter.id", "bad_date → type date",
                ],
                "trust_line_items": [
                    "no_id → required id", "orphan_matter → reference matter.id", "bad_date → type date",
                    "no_total → required total",
                ],
            ])
        let counts = Dictionary(grouping: lines, by: \.entity).mapValues(\.count)
        #expect(counts["matters"] == 800 && counts["documents"] == 900 && counts["users"] == 9)
        #expect(counts["practice_areas"] == 6 && counts["activities"] == nil)
        // Lists whose ids others carry are healthy.
        let mayBreak = lines.filter { named[$0.entity] != nil }
        let share = Double(mayBreak.filter { !$0.healthy }.count) / Double(mayBreak.count)
        #expect(share > 0.15 && share < 0.25)
        for line in lines {
            #expect((line.id == nil) == ["no_id", "id_overflow"].contains(line.defect))
        }
    }

    /// What the sheet says is what the lists show, and nothing else is broken.
    @Test(arguments: [
        "matters", "contacts", "calendar_entries", "tasks", "documents", "activities", "relationships", "bills",
    ])
    func onlyWhatTheSheetNamesDiffers(kind: String) async throws {
        let path = try temporaryFolder() + "/truth.ndjson"
        defer { try? FileManager.default.removeItem(atPath: (path as NSString).deletingLastPathComponent) }
        let sound = try await records(kind, defects: 0, truth: nil)
        let broken = try await records(kind, defects: 0.3, truth: path)
        let lines = try sheet(path)
        let faulty = Dictionary(
            lines.filter { !$0.healthy }.map { ($0.etag, $0) }, uniquingKeysWith: { first, _ in first })
        #expect(sound.count == broken.count)
        var found = 0
        for (before, after) in zip(sound, broken) {
            let mark = try #require(before.range(of: #""etag":"\""#))
            let etag = "\"\(before[mark.upperBound...].prefix(32))\""
            guard let line = faulty[etag] else {
                #expect(before == after)
                continue
            }
            found += 1
            #expect(before != after, "\(line.defect)")
            let expected = [
                "unknown_status": kind == "matters" ? #""status":"Archived""# : #""status":"#,
                "client_id_text": #""client":{"id":"abc""#, "no_display_number": #""display_number":null"#,
                "number_overflow": #""number":99999999999999999999"#, "lone_surrogate": #"\ud800 here""#,
                "bad_currency": #""code":"dollars""#, "phone_as_number": #""number":5550100"#,
                "no_name": #""name":null"#,
                "is_client_text": #""is_client":"yes""#, "impossible_time": #""start_at":"2025-13-40T99:00:00Z""#,
                "negative_size": #""size":-1"#, "size_text": #""size":"12 KB""#, "price_text": #""price":"n\/a""#,
                "orphan_matter": #""matter":{"id":999"#, "orphan_user": #""id":999"#,
                "negative_quantity": #""quantity":-360.0"#, "no_date": #""date":null"#,
                "id_overflow": #"{"id":18446744073"#,
            ][line.defect]
            if let expected { #expect(after.contains(expected), "\(line.defect)") }
            if line.defect == "no_id" {
                #expect(!after.hasPrefix(#"{"id":"#) && after.contains(etag.dropFirst().dropLast()))
            }
        }
        #expect(found == faulty.values.filter { $0.entity == (kind == "activities" ? "time_entries" : kind) }.count)
        #expect(found > 20)
    }

    /// The records of a kind as text, one each.
    private func records(_ kind: String, defects: Double, truth: String?) async throws -> [String] {
        try await withSimulator({
            $0.shape = DefectTests.small
            $0.defects = defects
            $0.truthPath = truth
        }) { simulator, wire in
            let fields = encoded(try #require(simulator.everyField(of: kind)))
            var result: [String] = []
            var target: String? = "/api/v4/\(kind).json?order=id(asc)&fields=\(fields)"
            while let current = target {
                // Bad bytes become U+FFFD here, so that the rest of the page can be compared.
                let text = await wire.get(current).text
                let body = text.dropFirst(#"{"data":["#.count)
                let end = try #require(body.range(of: #"],"meta":{"#, options: .backwards))
                result += split(body[..<end.lowerBound])
                target = text[end.upperBound...].range(of: #""next":"http://"#).map { link in
                    let address = text[link.upperBound...].prefix { $0 != "\"" }
                    return String(address.drop { $0 != "/" })
                }
            }
            return result
        }
    }

    /// Cuts a list of objects at its top level.
    private func split(_ text: Substring) -> [String] {
        let bytes = Array(text.utf8)
        var result: [String] = []
        var depth = 0
        var quoted = false
        var escaped = false
        var start = 0
        for (place, byte) in bytes.enumerated() {
            if escaped {
                escaped = false
            } else if quoted {
                if byte == 0x5C { escaped = true }
                if byte == 0x22 { quoted = false }
            } else if byte == 0x22 {
                quoted = true
            } else if byte == 0x7B {
                if depth == 0 { start = place }
                depth += 1
            } else if byte == 0x7D {
                depth -= 1
                if depth == 0 { result.append(String(decoding: bytes[start...place], as: UTF8.self)) }
            }
        }
        return result
    }

    /// A broken record stays where it was: in order, in the filters, in the counts.
    @Test func defectsChangeNoFilter() async throws {
        let queries = [
            "matters?status=open", "matters?status=closed&open_date[]=%3E2020-01-01", "contacts?client_only=true",
            "contacts?type=Company", "tasks?complete=true", "tasks?priority=high", "tasks?due_at_present=false",
            "activities?type=TimeEntry&start_date=2021-01-01", "activities?user_id=null", "documents?matter_id=null",
            "calendar_entries?from=2022-01-01",
        ]
        for query in queries {
            var counts: [Int?] = []
            for share in [0, 0.3] {
                try await withSimulator({
                    $0.shape = DefectTests.shape
                    $0.defects = share
                }) { _, wire in counts.append(await wire.get("/api/v4/\(query)&limit=1").records) }
            }
            #expect(counts[0] == counts[1] && (counts[0] ?? 0) > 0)
        }
    }

    @Test func badBytesAreReallyBad() async throws {
        try await withSimulator({
            $0.shape = DefectTests.shape
            $0.defects = 0.3
        }) { _, wire in
            let body = await wire.get("/api/v4/contacts.json?fields=title&order=id(asc)").body
            #expect(body.firstRange(of: [0xFF, 0xC3, 0x28]) != nil)
        }
    }
}
