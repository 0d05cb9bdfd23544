internal import Staging

extension RemoteFolder {
    /// Something that is not as it should be.
    public struct Finding: Sendable, Equatable {
        /// What is wrong.
        public enum Problem: String, Sendable {
            /// The index names bytes that the store does not have, or has otherwise.
            case missing = "missing_in_store"
            /// See `missing`.
            case damaged = "damaged_in_store"
            /// This machine has other bytes, or no such file, or one that is not in the store.
            case differs
            /// See `differs`.
            case onlyInStore = "only_in_store"
            /// See `differs`.
            case onlyHere = "only_here"
        }

        /// Where it was found.
        public let scope: RemoteScope
        /// The file, below the firm's folder.
        public let path: String
        /// What is wrong.
        public let problem: Problem
    }

    /// Reads every byte of a scope in the store, and compares it with its digest and with the files of this machine.
    /// - Returns: the files that were compared, and what is wrong.
    public func check(_ scope: RemoteScope) async throws -> (files: Int, findings: [Finding]) {
        let here = try FolderSnapshot(folder, scope)
        let entries = try await index(scope)?.index.entries ?? []
        let local = Dictionary(here.entries.map { ($0.path, $0.content) }) { first, _ in first }
        var findings: [Finding] = []
        for entry in entries {
            if let problem = try await problem(of: entry) {
                findings.append(Finding(scope: scope, path: entry.path, problem: problem))
            } else if let content = local[entry.path] {
                if content != entry.content {
                    findings.append(Finding(scope: scope, path: entry.path, problem: .differs))
                }
            } else if scope != .database {
                findings.append(Finding(scope: scope, path: entry.path, problem: .onlyInStore))
            }
        }
        let stored = Set(entries.map(\.path))
        findings += here.entries.filter { !stored.contains($0.path) }.map {
            Finding(scope: scope, path: $0.path, problem: .onlyHere)
        }
        return (stored.union(local.keys).count, findings)
    }

    private func problem(of entry: RemoteIndex.Entry) async throws -> Finding.Problem? {
        guard case .file(let count, let digest) = entry.content else { return nil }
        var bytes: [UInt8] = []
        for piece in entry.objects {
            guard let object = try await store.get(key(entry.key(piece))) else { return .missing }
            bytes += object.bytes
        }
        return bytes.count == count && FolderSnapshot.digest(bytes) == digest ? nil : .damaged
    }
}
