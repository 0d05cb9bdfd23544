internal import Bytes
internal import Foundation
package import Jobs
internal import Staging

/// Finds jobs over all connections of a staging folder, so that a job's id is enough to name it.
package struct JobFinder: Sendable {
    private let staging: String

    /// Looks into this staging folder.
    package init(staging: String) { self.staging = staging }

    /// The connections that have a job record, sorted.
    /// - Throws: when the staging folder, or a connection's, cannot be read.
    package var connections: [String] {
        get throws {
            var found: [String] = []
            for name in try Files.names(in: staging) {
                do throws(StagingError) {
                    let folder = try ConnectionFolder(staging: staging, connection: name)
                    if try Files.exists(folder.jobDatabase) { found.append(name) }
                } catch {
                    // No connection has such a name.
                    guard error.code == .name else { throw error }
                }
            }
            return found
        }
    }

    /// All jobs, the newest first; a damaged record has none.
    package var jobs: [SyncJob] {
        let found = ((try? connections) ?? []).flatMap { name -> [SyncJob] in
            guard let folder = try? ConnectionFolder(staging: staging, connection: name) else { return [] }
            return (try? JobStore.openExisting(path: folder.jobDatabase)?.jobs()) ?? []
        }
        return found.sorted { $0.createdAt > $1.createdAt }
    }

    /// The one job that a person means.
    /// - Parameters:
    ///   - word: an id, the first characters of one, or `latest`: the one that was begun last.
    ///   - connection: look there only; nil: at all connections.
    package func find(_ word: String, connection: String? = nil) throws -> SyncJob {
        let names = if let connection { [connection] } else { try connections }
        var found: [SyncJob] = []
        for name in names {
            let folder = try ConnectionFolder(staging: staging, connection: name)
            guard let store = try JobStore.openExisting(path: folder.jobDatabase) else { continue }
            let jobs = try store.jobs()
            if word == "latest" {
                found += jobs
            } else {
                found += jobs.filter { !word.isEmpty && $0.id.hasPrefix(word.lowercased()) }
            }
        }
        let place = connection.map { "\(staging)/\($0)" } ?? staging
        if word == "latest" {
            guard
                let newest = found.enumerated().max(by: {
                    ($0.element.createdAt, -$0.offset) < ($1.element.createdAt, -$1.offset)
                })
            else { throw ConfigurationError("\(place): there is no job yet; `cliosync run` begins one") }
            return newest.element
        }
        guard let job = found.first else {
            throw ConfigurationError("\(place): there is no job \(word.prefix(40)); `cliosync status` lists them")
        }
        guard found.count == 1 else {
            let ids = found.prefix(4).map { "\($0.id) (\($0.connection))" }.joined(separator: ", ")
            throw ConfigurationError("several jobs begin with \(word): \(ids); give more of the id")
        }
        return job
    }
}
