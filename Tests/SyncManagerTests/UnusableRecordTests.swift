import Foundation
import SQLite
import StagedFirm
import SyncManager
import Testing

/// The shipped files: a record that lacks what people need it for is warned about, and the views show it all the same.
@Suite struct UnusableRecordTests {
    private func rows(_ firm: StagedFirm, _ sql: String) throws -> [String] {
        try SQLiteConnection(path: firm.database, mode: .readOnly).rows(sql).map { $0[0].string ?? "" }
    }

    @Test func whatARecordCannotDoWithoutIsRequired() async throws {
        let firm = try StagedFirm(pipelines: ShippedPipelines.texts)
        try await firm.stage("users", [#"{"id":1,"name":"A","default_calendar_id":5}"#])
        try await firm.stage(
            "matters",
            [
                #"{"id":1,"display_number":"1"}"#, #"{"id":2,"status":"Open"}"#,
                #"{"id":3,"display_number":"3","status":"Open"}"#,
            ])
        let owner = #""calendar_owner_id":5"#
        try await firm.stage(
            "calendar_entries",
            [
                #"{"id":"no day","all_day":true,"start_at":"2127-03-09T13:00:00Z",\#(owner)}"#,
                #"{"id":"no instant","all_day":false,"start_date":"2127-03-10",\#(owner)}"#,
                #"{"id":"neither","all_day":true,\#(owner)}"#,
                #"{"id":"both","all_day":true,"start_at":"2127-03-09T13:00:00Z","start_date":"2127-03-10",\#(owner)}"#,
                #"{"id":"timed","all_day":null,"start_at":"2127-03-09T13:00:00Z",\#(owner)}"#,
            ])
        try await firm.stage("tasks", [#"{"id":1,"priority":"High","status":"pending"}"#])
        try await firm.stage("documents", [#"{"id":1,"received_at":"2027-03-09T13:00:00Z","size":1}"#])
        try await firm.stage(
            "time_entries",
            [
                #"{"id":4,"type":"TimeEntry","quantity_in_hours":0}"#
            ])
        let staged = ["users", "matters", "calendar_entries", "tasks", "documents", "time_entries"]
        #expect(try await firm.run([.transform, .load], entities: staged).ending == .done)
        let found = try rows(
            firm,
            "SELECT entity || ' ' || id || ' ' || rule || iif(rule = 'required', ' ' || path, '') FROM flagged_violations ORDER BY 1"
        )
        #expect(
            found == [
                "calendar_entries neither required start_at", "calendar_entries no instant required start_at",
                "documents 1 required name", "matters 2 required display_number",
                "tasks 1 required name", "time_entries 4 required date",
            ])
        let shown = try rows(
            firm,
            """
            SELECT calendar_entry_id || ' ' || coalesce(start_date, '-') || ' ' || coalesce(start_at, '-')
            FROM upcoming_calendar ORDER BY 1
            """)
        #expect(
            shown == [
                "both 2127-03-10 -", "no day - 2127-03-09T13:00:00Z", "no instant 2127-03-10 -",
                "timed - 2127-03-09T13:00:00Z",
            ])
    }
}
