internal import Foundation
internal import Progress
internal import Staging

/// Which connections are read at a look. A few are all read every second; of thousands, those that changed or are at work,
/// and of the others those that were read longest ago.
struct LookPlan {
    /// Connections without a change that are read at each look.
    static let atLeast = 50

    private struct Entry {
        var stamp: JobStamp
        /// The number of the look that read it last.
        var look: Int
        var isAtWork: Bool
    }

    private var known: [String: Entry] = [:]
    private var look = 0

    /// The connections to be read now.
    /// - Parameter stamps: of the job record of each.
    mutating func due(_ stamps: [String: JobStamp]) -> Set<String> {
        look += 1
        known = known.filter { stamps[$0.key] != nil }
        var due: Set<String> = []
        for (name, stamp) in stamps where known[name].map({ $0.isAtWork || $0.stamp != stamp }) ?? true {
            due.insert(name)
        }
        let quiet = known.filter { !due.contains($0.key) }.sorted { ($0.value.look, $0.key) < ($1.value.look, $1.key) }
        return due.union(quiet.prefix(Self.atLeast).map(\.key))
    }

    /// Notes that a connection was read.
    /// - Parameters:
    ///   - stamp: as it was before it was read: what changed meanwhile is read again.
    ///   - isAtWork: whether it changes without a change of its job record.
    mutating func noteRead(_ name: String, _ stamp: JobStamp, isAtWork: Bool) {
        known[name] = Entry(stamp: stamp, look: look, isAtWork: isAtWork)
    }
}

/// Tells whether a job record changed.
struct JobStamp: Equatable {
    private let files: FileStamp

    init(_ folder: ConnectionFolder) {
        let log = folder.jobDatabase + "-wal"
        var facts = stat()
        // SQLite makes and removes an empty log when a file is opened and closed: that is no change.
        let isEmpty = stat(log, &facts) != 0 || facts.st_size == 0
        files = FileStamp(isEmpty ? [folder.jobDatabase] : [folder.jobDatabase, log])
    }
}
