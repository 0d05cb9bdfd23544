import Foundation
import Pipelines
import TestSupport
import Testing

/// The shipped views at moments at which the day at the office is not UTC's: SQLite decides, with the office's time zone.
@Suite struct CivilDayTests {
    private struct Moment {
        let zone: String
        let now: String
        /// All-day entries of these days are still to come, those of the others are over.
        let upcoming: [String]
        let over: [String]
    }

    private static let moments = [
        // Half past midnight on 10 March; UTC still has the 9th.
        Moment(zone: "Australia/Sydney", now: "2027-03-09T13:30:00Z", upcoming: ["2027-03-10"], over: ["2027-03-09"]),
        Moment(zone: "Australia/Sydney", now: "2027-03-09T12:30:00Z", upcoming: ["2027-03-09"], over: ["2027-03-08"]),
        // Half an hour before the end of a leap day; UTC has March.
        Moment(
            zone: "America/Los_Angeles", now: "2028-03-01T07:30:00Z", upcoming: ["2028-02-29"], over: ["2028-02-28"]),
        // Half an hour before and after the end of the day on which summer time begins, an hour earlier by UTC than the day
        // before.
        Moment(
            zone: "America/Los_Angeles", now: "2027-03-15T06:30:00Z", upcoming: ["2027-03-14"], over: ["2027-03-13"]),
        Moment(
            zone: "America/Los_Angeles", now: "2027-03-15T07:30:00Z", upcoming: ["2027-03-15"], over: ["2027-03-14"]),
        // A zone that is 14 hours ahead, and one of three quarters of an hour.
        Moment(zone: "Pacific/Kiritimati", now: "2026-12-31T10:10:00Z", upcoming: ["2027-01-01"], over: ["2026-12-31"]),
        Moment(zone: "Asia/Kathmandu", now: "2026-12-31T18:20:00Z", upcoming: ["2027-01-01"], over: ["2026-12-31"]),
    ]

    @Test(arguments: moments.indices)
    func aDayBeginsWhenItBeginsAtTheOffice(_ index: Int) async throws {
        let moment = Self.moments[index]
        let entries = (moment.upcoming + moment.over).map {
            ("calendar_entries", #"{"id":"\#($0)","calendar_owner_id":5,"all_day":1,"start_date":"\#($0)"}"#)
        }
        let user = ("users", #"{"id":1,"default_calendar_id":5}"#)
        #expect(
            try await answer("upcoming_calendar", "calendar_entry_id", moment, entries + [user]) == moment.upcoming)
        let tasks = (moment.upcoming + moment.over).map { ("tasks", #"{"id":1,"due_at":"\#($0)"}"#) }
        #expect(
            try await answer("open_tasks", "due_at || ' ' || is_overdue", moment, tasks)
                == moment.over.map { $0 + " 1" } + moment.upcoming.map { $0 + " 0" })
        let bills = (moment.upcoming + moment.over).map {
            ("bills", #"{"id":1,"client_id":"\#($0)","state":"awaiting_payment","balance":5,"due_at":"\#($0)"}"#)
        }
        #expect(
            Set(try await answer("receivables_by_age", "client_id || ' ' || (not_due > 0)", moment, bills))
                == Set(moment.upcoming.map { $0 + " 1" } + moment.over.map { $0 + " 0" }))
    }

    /// A meeting is over at its end, whatever day it is where.
    @Test(arguments: moments.indices)
    func aMeetingIsUpcomingUntilItEnds(_ index: Int) async throws {
        let moment = Self.moments[index]
        let entries = [("before", "T00:00:00Z", "T06:00:00Z"), ("during", "T00:00:00Z", "T23:59:00Z")].map {
            (id, start, end) in
            let day = moment.now.prefix(10)
            return (
                "calendar_entries",
                #"{"id":"\#(id)","calendar_owner_id":5,"all_day":0,"start_date":"\#(day)","#
                    + #""start_at":"\#(day)\#(start)","end_at":"\#(day)\#(end)"}"#
            )
        }
        let user = ("users", #"{"id":1,"default_calendar_id":5}"#)
        #expect(try await answer("upcoming_calendar", "calendar_entry_id", moment, entries + [user]) == ["during"])
    }

    /// What a shipped view answers at a moment, over rows given as JSON by table.
    private func answer(
        _ view: String, _ column: String, _ moment: Moment, _ rows: [(String, String)]
    ) async throws -> [String] {
        let catalog = try Repository.catalog()
        let view = try #require(catalog.views.first { $0.name == view })
        let tables =
            catalog.tables.map { ($0.name, $0.columns.map(\.name)) }
            + catalog.tables.flatMap { table in
                table.children.map { ($0.name, [$0.parentColumn] + $0.columns.map(\.name)) }
            }
        var script = ""
        for (name, columns) in tables where view.tables.contains(name) {
            script += "CREATE TABLE \(name)(\(columns.map { "\"\($0)\"" }.joined(separator: ", ")));\n"
        }
        for (table, row) in rows {
            let object = try #require(try JSONSerialization.jsonObject(with: Data(row.utf8)) as? [String: Any])
            let values = object.map { ($0.key, $0.value is String ? "'\($0.value)'" : "\($0.value)") }
            script +=
                "INSERT INTO \(table)(\(values.map(\.0).joined(separator: ", "))) "
                + "VALUES(\(values.map(\.1).joined(separator: ", ")));\n"
        }
        let program = """
            import sqlite3, sys
            database = sqlite3.connect(":memory:")
            database.executescript(sys.argv[1])
            for row in database.execute(sys.argv[2]):
                print(row[0])
            """
        let said = await Tool.run(
            "env",
            [
                "TZ=\(moment.zone)", "python3", "-c", program, script,
                "SELECT \(column) FROM (\(view.sql.replacing("'now'", with: "'\(moment.now)'")))",
            ])
        #expect(said.code == 0, "\(said.text)")
        return said.text.split(separator: "\n").map(String.init)
    }
}
