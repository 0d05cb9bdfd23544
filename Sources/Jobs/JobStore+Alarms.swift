internal import SQLite

extension JobStore {
    /// Made beside the tables of every version, so that a job record without it stays readable.
    private static let alarmsSchema = """
        CREATE TABLE IF NOT EXISTS raised_alarms(
            kind TEXT PRIMARY KEY, subject TEXT NOT NULL, raised_at TEXT NOT NULL) STRICT;
        """

    static func makeAlarms(_ connection: SQLiteConnection) throws(SQLiteError) {
        try connection.execute(alarmsSchema)
    }

    /// Whether an alarm of this kind was ever raised.
    public func hasRaisedAlarm(_ kind: String) throws(JobError) -> Bool {
        try read { try $0.value("SELECT 1 FROM raised_alarms WHERE kind = ?", .text(kind)) != nil }
    }

    /// Writes down that an alarm is raised, so that several processes raise it once.
    /// - Parameter subject: what it is about; the alarm is raised again when that differs.
    /// - Returns: false when it was raised for this subject already.
    public func raiseAlarm(_ kind: String, subject: String) throws(JobError) -> Bool {
        let now = clock.now()
        // A look without a lock, since this is asked every minute.
        let known = try read {
            try $0.value("SELECT subject FROM raised_alarms WHERE kind = ?", .text(kind))?.string
        }
        guard known != subject else { return false }
        return try write { connection in
            try connection.run(
                """
                INSERT INTO raised_alarms VALUES(?1, ?2, ?3)
                ON CONFLICT(kind) DO UPDATE SET subject = ?2, raised_at = ?3 WHERE subject <> ?2
                """, .text(kind), .text(subject), .text(now))
            return connection.changes > 0
        }
    }
}
