import Foundation
import Jobs

/// Rows of a job record, which only a job record can make.
enum Row {
    static func make(_ status: JobStatus, _ change: (inout SyncEntity) -> Void = { _ in }) throws -> SyncEntity {
        let folder = try Folder()
        let store = try JobStore(path: folder.path + "/job.sqlite")
        let job = try store.createJob(connection: "smith", phases: ["core"])
        try store.ensureEntity(job: job.id, phase: "core", type: "matters")
        if status != .pending {
            try store.updateEntity(job: job.id, phase: "core", type: "matters") { $0.status = .inProgress }
        }
        return try store.updateEntity(job: job.id, phase: "core", type: "matters") { row in
            row.status = status
            change(&row)
        }
    }

    static func job(_ status: JobStatus, phases: [String] = ["core"], estimated: Int? = nil) throws -> SyncJob {
        let folder = try Folder()
        let store = try JobStore(path: folder.path + "/job.sqlite")
        let job = try store.createJob(connection: "smith", phases: phases)
        guard status != .pending else { return try store.updateJob(job.id) { $0.estimatedItems = estimated } }
        try store.updateJob(job.id) { $0.status = .inProgress }
        return try store.updateJob(job.id) { row in
            row.status = status
            row.estimatedItems = estimated
        }
    }
}

/// A temporary folder that goes with the object.
final class Folder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "/progress-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
