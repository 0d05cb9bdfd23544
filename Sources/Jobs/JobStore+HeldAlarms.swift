internal import SQLite

/// An alarm that waits for its time, or for a receiver that takes it.
public struct HeldAlarm: Sendable, Equatable {
    /// For `forgetHeldAlarm`.
    public let id: Int64
    /// Seconds since 1970 from which on it may be sent.
    public let due: Double
    /// The alarm as JSON.
    public let alarm: String
}

extension JobStore {
    /// Made beside the tables of every version, so that a job record without it stays readable.
    private static let heldSchema = """
        CREATE TABLE IF NOT EXISTS held_alarms(
            id INTEGER PRIMARY KEY AUTOINCREMENT, due REAL NOT NULL, alarm TEXT NOT NULL, claimed_until REAL) STRICT;
        """

    static func makeHeldAlarms(_ connection: SQLiteConnection) throws(SQLiteError) {
        try connection.execute(heldSchema)
    }

    /// Keeps an alarm until a moment, seconds since 1970.
    public func hold(alarm: String, until due: Double) throws(JobError) {
        try write { connection in
            try connection.run("INSERT INTO held_alarms(due, alarm) VALUES(?, ?)", .real(due), .text(alarm))
        }
    }

    /// Seconds that a process has to deliver what it claimed; then another one may.
    private static let claimSeconds = 600.0

    /// The alarms whose time has come, oldest first. They are this caller's to deliver, and to forget when that is done.
    public func claimHeldAlarms(now: Double) throws(JobError) -> [HeldAlarm] {
        // A look without a lock, since this is asked every minute.
        let due = "due <= ?1 AND coalesce(claimed_until, 0) <= ?1"
        let isDue = try read { try $0.value("SELECT 1 FROM held_alarms WHERE \(due) LIMIT 1", .real(now)) != nil }
        guard isDue else { return [] }
        return try write { connection in
            let alarms = try connection.rows(
                "SELECT id, due, alarm FROM held_alarms WHERE \(due) ORDER BY id", .real(now)
            )
            .map { HeldAlarm(id: $0[0].int64 ?? 0, due: $0[1].double ?? now, alarm: $0[2].string ?? "") }
            for alarm in alarms {
                try connection.run(
                    "UPDATE held_alarms SET claimed_until = ? WHERE id = ?", .real(now + Self.claimSeconds),
                    .integer(alarm.id))
            }
            return alarms
        }
    }

    /// Changes what is left to deliver; it stays claimed.
    public func replaceHeldAlarm(_ id: Int64, by alarm: String) throws(JobError) {
        try write { connection in
            try connection.run("UPDATE held_alarms SET alarm = ? WHERE id = ?", .text(alarm), .integer(id))
        }
    }

    /// Removes an alarm that was delivered.
    public func forgetHeldAlarm(_ id: Int64) throws(JobError) {
        try write { connection in try connection.run("DELETE FROM held_alarms WHERE id = ?", .integer(id)) }
    }
}
