internal import JSON

/// What a sync will take, from this firm's own counts and this token's own limit (M10, M12, M15).
public struct SyncEstimate: Sendable, Equatable {
    /// `small`, `medium`, `large` or `enterprise`, by the brief's table.
    public var firmSize: String
    /// One row per phase and entity.
    public var entities: [EntityEstimate]
    /// Over all entities; those without a count are left out.
    public var records: Int
    /// Requests for the lists.
    public var requests: Int
    /// What the token may spend.
    public var requestsPerMinute: Double
    /// Seconds of the requests alone, at that rate.
    public var seconds: Double
    /// Of the database, roughly.
    public var databaseBytes: Int
    /// As whom the sync will run.
    public var user: String?

    /// The counts of one entity.
    public struct EntityEstimate: Sendable, Equatable {
        /// The phase.
        public var phase: String
        /// The entity.
        public var entity: String
        /// nil: Clio did not tell.
        public var records: Int?
        /// Requests for the lists.
        public var requests: Int
        /// Seconds of these requests at the token's rate.
        public var seconds: Double
    }

    /// The estimate as one JSON object; it is stored on the job.
    public var json: String {
        var line = JSONWriter()
        line.beginObject()
        line.member("firm_size", firmSize)
        line.member("records", records)
        line.member("requests", requests)
        line.member("requests_per_minute", requestsPerMinute)
        line.member("seconds", seconds)
        line.member("database_bytes", databaseBytes)
        line.member("clio_user", user)
        line.key("entities")
        line.beginArray()
        for entity in entities {
            line.beginObject()
            line.member("phase", entity.phase)
            line.member("entity", entity.entity)
            line.member("records", entity.records)
            line.member("requests", entity.requests)
            line.member("seconds", entity.seconds)
            line.endObject()
        }
        line.endArray()
        line.endObject()
        return line.text
    }
}
