internal import Foundation
internal import SQLite

extension JobStore {
    /// Makes sure that the job has a row for this entity, PENDING when it is new, and returns it.
    @discardableResult
    public func ensureEntity(job: String, phase: String, type: String) throws(JobError) -> SyncEntity {
        let now = clock.now()
        return try write { connection in
            try connection.run(
                """
                INSERT INTO sync_entities(id, sync_job_id, phase, entity_type, status, created_at, updated_at)
                VALUES(?,?,?,?,?,?,?) ON CONFLICT DO NOTHING
                """,
                .text(UUID().uuidString.lowercased()), .text(job), .text(phase), .text(type),
                .text(JobStatus.pending.rawValue), .text(now), .text(now))
            return try self.existingEntity(connection, job: job, phase: phase, type: type)
        }
    }

    /// The entities of a job in the order of their making.
    public func entities(job: String) throws(JobError) -> [SyncEntity] {
        try read { try JobStore.entities($0, "WHERE sync_job_id = ? ORDER BY rowid", .text(job)) }
    }

    /// One entity of a job, or nil.
    public func entity(job: String, phase: String, type: String) throws(JobError) -> SyncEntity? {
        try read { connection in
            try JobStore.entities(
                connection, "WHERE sync_job_id = ? AND phase = ? AND entity_type = ?", .text(job), .text(phase),
                .text(type)
            ).first
        }
    }

    /// Changes an entity in one transaction, brings the job's `synced_items` up to date, and returns the entity as
    /// stored. Throws `.transition` when the change of state is not allowed.
    @discardableResult
    public func updateEntity(
        job: String, phase: String, type: String, _ change: (inout SyncEntity) -> Void
    ) throws(JobError) -> SyncEntity {
        let now = clock.now()
        return try write { connection in
            var entity = try self.existingEntity(connection, job: job, phase: phase, type: type)
            let before = entity.status
            change(&entity)
            guard before.mayBecome(entity.status) else {
                throw JobError(
                    .transition,
                    "\(phase)/\(type): cannot go from \(before.rawValue) to \(entity.status.rawValue); run the phase again"
                )
            }
            if entity.status != before {
                if entity.status.isActive { entity.startedAt = entity.startedAt ?? now }
                entity.completedAt = entity.status.isFinished ? now : nil
            }
            try self.store(&entity, now, connection)
            return entity
        }
    }

    /// Makes an entity as new: PENDING, all counts 0, from any state. For restarting one entity.
    public func resetEntity(job: String, phase: String, type: String) throws(JobError) {
        let now = clock.now()
        try write { connection in
            var entity = try self.existingEntity(connection, job: job, phase: phase, type: type)
            (entity.syncedItems, entity.extracted, entity.accepted) = (0, 0, 0)
            (entity.rejected, entity.warned, entity.duplicates, entity.loaded) = (0, 0, 0, 0)
            (entity.totalItems, entity.startedAt, entity.completedAt, entity.message) = (nil, nil, nil, nil)
            entity.status = .pending
            try self.store(&entity, now, connection)
        }
    }

    private func store(_ entity: inout SyncEntity, _ now: String, _ connection: SQLiteConnection) throws(SQLiteError) {
        entity.updatedAt = now
        let counts: [SQLiteValue] = [
            entity.syncedItems, entity.extracted, entity.accepted, entity.rejected, entity.warned, entity.duplicates,
            entity.loaded,
        ].map { .optional(Optional($0)) }
        let statement = try connection.prepare(
            """
            UPDATE sync_entities SET total_items = ?, synced_items = ?, extracted = ?, accepted = ?, rejected = ?,
                warned = ?, duplicates = ?, loaded = ?, status = ?, started_at = ?, completed_at = ?, updated_at = ?,
                message = ? WHERE id = ?
            """)
        try statement.bind(
            [.optional(entity.totalItems)] + counts + [
                .text(entity.status.rawValue), .optional(entity.startedAt), .optional(entity.completedAt), .text(now),
                .optional(entity.message), .text(entity.id),
            ])
        try statement.run()
        try connection.run(
            """
            UPDATE sync_jobs SET updated_at = ?1,
                synced_items = (SELECT coalesce(sum(synced_items), 0) FROM sync_entities WHERE sync_job_id = ?2)
            WHERE id = ?2
            """, .text(now), .text(entity.jobID))
    }

    private func existingEntity(
        _ connection: SQLiteConnection, job: String, phase: String, type: String
    ) throws -> SyncEntity {
        let found = try JobStore.entities(
            connection, "WHERE sync_job_id = ? AND phase = ? AND entity_type = ?", .text(job), .text(phase),
            .text(type))
        guard let entity = found.first else {
            throw JobError(.notFound, "job \(job) has no entity \(phase)/\(type); `cliosync status` lists them")
        }
        return entity
    }

    private static func entities(
        _ connection: SQLiteConnection, _ condition: String, _ values: SQLiteValue...
    ) throws(SQLiteError) -> [SyncEntity] {
        let statement = try connection.prepare(
            """
            SELECT id, sync_job_id, phase, entity_type, total_items, synced_items, extracted, accepted, rejected, warned,
                duplicates, loaded, status, started_at, completed_at, created_at, updated_at, message
            FROM sync_entities \(condition)
            """)
        try statement.bind(values)
        var entities: [SyncEntity] = []
        while try statement.step() {
            entities.append(
                SyncEntity(
                    id: statement.text(at: 0), jobID: statement.text(at: 1), phase: statement.text(at: 2),
                    type: statement.text(at: 3), totalItems: statement.optionalInt64(at: 4).map { Int($0) },
                    syncedItems: statement.int(at: 5), extracted: statement.int(at: 6), accepted: statement.int(at: 7),
                    rejected: statement.int(at: 8), warned: statement.int(at: 9), duplicates: statement.int(at: 10),
                    loaded: statement.int(at: 11), status: status(statement.value(at: 12)),
                    startedAt: statement.optionalText(at: 13), completedAt: statement.optionalText(at: 14),
                    createdAt: statement.text(at: 15), updatedAt: statement.text(at: 16),
                    message: statement.optionalText(at: 17)))
        }
        return entities
    }
}
