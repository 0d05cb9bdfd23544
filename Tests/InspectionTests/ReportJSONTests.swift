import Inspection
import JSON
import Testing

@testable import Inspection
@testable import Load
@testable import Staging
@testable import Transform

/// The JSON of each kind of report, key by key: scripts rely on it.
@Suite struct ReportJSONTests {
    @Test func stagedLayers() throws {
        let listing = StagedLayers.Listing(
            phase: "core", layer: .clean, entity: "matters", parts: 1, records: 2, bytes: 3, generation: 4,
            state: "stale", folder: "staging/x")
        #expect(
            listing.json == """
                {"phase":"core","layer":"clean","entity":"matters","parts":1,"records":2,"bytes":3,"generation":4,\
                "state":"stale","folder":"staging/x"}
                """)
        #expect(StagedLayers.Finding(path: "a", message: "b").json == #"{"path":"a","message":"b"}"#)
        var field = StagedLayers.FieldStatistics(entity: "core/matters", field: "x.y")
        let parser = JSONParser()
        for text in [#""b""#, #""Aa""#, "null"] {
            try withExtendedLifetime(parser) { field.add(try parser.parse(text)) }
        }
        let start = """
            {"entity":"core/matters","field":"x.y","lines":3,"missing":0,"null":1,"distinct":2,\
            "distinct_is_exact":true,"types":{"text":2},"min_length":1,"max_length":2
            """
        #expect(field.report(showValues: false).json == start + "}")
        #expect(
            field.report(showValues: true).json == start
                + #","min":null,"max":null,"first":"Aa","last":"b","values":{"Aa":1,"b":1}}"#)
        let item = StagedPrune.Item(
            phase: "core", leftover: LayerLeftover(kind: .raw, entity: "matters", path: "p", bytes: 5, modified: 0))
        #expect(
            item.report(removed: true).json
                == #"{"phase":"core","entity":"matters","kind":"raw","path":"p","bytes":5,"removed":true}"#)
    }

    @Test func aDifference() {
        var layers = LayerDifference(phase: "core", entity: "matters")
        (layers.compared, layers.fresh, layers.isCurrent) = (9, 1, true)
        layers.moves = [LayerDifference.Move(from: .healthy, to: .rejected, records: 1, examples: ["7"])]
        layers.rules = [LayerDifference.RuleChange(rule: "type", path: "a[].b", before: 1, after: 2)]
        layers.columns = [
            LayerDifference.ColumnChange(
                table: "matters", column: "status", kind: .changed, values: 1,
                examples: [LayerDifference.Example(id: "7", before: "\"x\"", after: nil)])
        ]
        layers.childRows = ["b_rows": 1, "a_rows": -1]
        let schema = SchemaDifference(
            formerTable: "old",
            changes: [SchemaDifference.Change(table: "matters", column: "status", before: nil, after: "TEXT")],
            isRebuilt: true)
        let difference = StagedDiff.Difference(table: "matters", layers: layers, schema: schema, isExtracted: true)
        func json(_ example: String) -> String {
            """
            {"phase":"core","entity":"matters","changes":true,"compared":9,"new_records":1,"rebuild":true,\
            "former_table":"old","schema":[{"table":"matters","column":"status","before":null,"after":"TEXT"}],\
            "records":[{"from":"healthy","to":"rejected","records":1,"examples":["7"]}],\
            "rules":[{"rule":"type","path":"a[].b","before":1,"after":2}],\
            "columns":[{"table":"matters","column":"status","change":"changed","values":1,"examples":[\(example)]}],\
            "child_rows":{"a_rows":-1,"b_rows":1}}
            """
        }
        #expect(difference.report(showValues: false).json == json(#""7""#))
        #expect(difference.report(showValues: true).json == json(#"{"id":"7","before":"\"x\"","after":null}"#))
    }

    @Test func aReview() {
        var group = ReviewGroup(phase: "core", entity: "matters", rule: "type", path: "id")
        (group.records, group.kept, group.open, group.accepted, group.rejected) = (1, 2, 3, 4, 5)
        (group.lapsed, group.waiting, group.examples, group.withoutID) = (6, 7, ["8"], 9)
        #expect(
            group.json == """
                {"phase":"core","entity":"matters","rule":"type","path":"id","records":1,"not_loaded":2,"open":3,\
                "accepted":4,"rejected":5,"lapsed":6,"waiting":7,"examples":["8"],"without_id":9}
                """)
        var plan = ReviewPlan(verdict: .accept, entity: "matters")
        (plan.ids, plan.settled, plan.keyless, plan.stillRejected) = (["1", "2"], 3, ["4"], ["5"])
        #expect(
            plan.report(written: false).json == """
                {"decision":"accept","entity":"matters","records":2,"violations":0,"decided_before":3,\
                "not_acceptable":1,"still_rejected":1,"written":false}
                """)
        let key = Decision.Key(id: "7", rule: "type", path: "a", hash: "f0")
        let findings = [
            RecordExaminer.Finding(
                rule: "type", path: "a", hash: "f0", value: #""x""#, message: "expected a number", isReject: true,
                decision: Decision(entity: "matters", key: key, verdict: .accept, by: "ann", at: "now", note: nil)),
            RecordExaminer.Finding(
                rule: "range", path: "b", hash: "f1", value: "1", message: "too small", isReject: false, decision: nil),
        ]
        func record(_ line: String) -> ReviewRecord {
            ReviewRecord(
                phase: "core", entity: "matters", id: "7", file: "f", line: 3, record: line,
                examination: RecordExaminer.Examination(
                    id: "7", findings: findings, isRejected: false, isKeyBroken: false, clean: nil),
                isTransformed: true)
        }
        let start = """
            {"phase":"core","entity":"matters","id":"7","file":"f","line":3,"loaded":true,"acceptable":true,\
            "transformed":true,"violations":[{"rule":"type","path":"a","value":"x","message":"expected a number",\
            "severity":"reject","decision":{"entity":"matters","id":7,"rule":"type","path":"a","hash":"f0",\
            "decision":"accept","by":"ann","at":"now","note":null}},\
            {"rule":"range","path":"b","value":1,"message":"too small","severity":"warn","decision":null}],"record":
            """
        #expect(record(#"{"id":7}"#).json == start + #"{"id":7}}"#)
        #expect(record(#"{"id":7"#).json == start + #""{\"id\":7"}"#)
    }

    @Test func aTrace() {
        var trace = RecordTrace(entity: "matters", id: "7")
        trace.table = "matters"
        #expect(
            trace.json == """
                {"entity":"matters","id":"7","found":false,"verdict":[],"versions":[],"deletions":[],\
                "table":"matters","row":null,"children":{},"flags":null,"job":null,"searched":{"records":0,"of":0}}
                """)
        var version = TraceVersion(
            phase: "core", entity: "matters",
            raw: TraceVersion.RawLine(file: "f", part: "0001", line: 2, generation: 1, record: #"{"id":7}"#))
        version.page = TraceVersion.Page(page: 3, stream: "list", request: nil, receivedAt: "then", serverDate: nil)
        let plain = version
        version.sequence = 12
        version.state = .row
        version.flagged = TraceVersion.FlaggedLine(file: "g", line: 4, violations: RawJSON("[]"))
        version.clean = TraceVersion.CleanLine(file: "c", line: 5, row: RawJSON(#"{"id":7}"#))
        version.loadedAt = "later"
        trace.versions = [plain, version]
        trace.deletions = [RecordTrace.Deletion(phase: "core", entity: "matters", sequence: 9, at: "then")]
        trace.row = RawJSON(#"{"id":7}"#)
        trace.children = [RecordTrace.ChildRows(table: "matter_Rows", rows: [RawJSON("{}")])]
        trace.job = RecordTrace.Job(id: "j", status: "COMPLETED")
        trace.verdict = ["is the row"]
        let raw = #""raw":{"file":"f","part":"0001","line":2,"generation":1,"record":{"id":7}},"#
        let page = #""page":{"page":3,"stream":"list","request":null,"received_at":"then","server_date":null},"#
        #expect(
            trace.json == """
                {"entity":"matters","id":"7","found":true,"verdict":["is the row"],\
                "versions":[{"phase":"core","entity":"matters","state":"extracted","sequence":0,\(raw)\(page)\
                "flagged":null,"clean":null,"loaded_at":null},\
                {"phase":"core","entity":"matters","state":"row","sequence":12,\(raw)\(page)\
                "flagged":{"file":"g","line":4,"violations":[]},"clean":{"file":"c","line":5,"row":{"id":7}},\
                "loaded_at":"later"}],\
                "deletions":[{"phase":"core","entity":"matters","sequence":9,"at":"then"}],"table":"matters",\
                "row":{"id":7},"children":{"matter_Rows":[{}]},"flags":null,"job":{"id":"j","status":"COMPLETED"},\
                "searched":{"records":0,"of":0}}
                """)
    }
}
