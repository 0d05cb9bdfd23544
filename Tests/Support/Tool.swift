public import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// Runs a tool of the machine to its end, in one call that waits for exactly that process and shares no descriptor with it
/// but those for its input and output.
///
/// `Foundation.Process` hands open descriptors to children that start at the same time, one of which says when its own child
/// ends: it may wait for all of them.
public enum Tool {
    /// How a tool ended.
    public struct Ending: Sendable {
        /// The exit code, 127 for a tool that cannot be started and -1 for one that a signal ended.
        public let code: Int32
        /// What it wrote on stdout and stderr.
        public let output: Data

        /// The same as text.
        public var text: String { String(decoding: output, as: UTF8.self) }
    }

    /// Runs a tool while other tests continue.
    public static func run(_ name: String, _ arguments: [String]) async -> Ending {
        await onThread { runBlocking(name, arguments) }
    }

    /// Blocks until the tool has ended: for conditions and arguments of tests, and for work that has a thread.
    public static func runBlocking(_ name: String, _ arguments: [String]) -> Ending {
        // A file, because another child could inherit the writing end of a pipe and keep it open.
        let path = (NSTemporaryDirectory() as NSString).appendingPathComponent("tool-\(UUID().uuidString)")
        defer { unlink(path) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        closeInherited(&actions)
        let words = ([name] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var pid: pid_t = 0
        guard posix_spawnp(&pid, name, &actions, nil, words, environ) == 0 else {
            return Ending(code: 127, output: Data())
        }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return Ending(
            code: status & 0x7F == 0 ? (status >> 8) & 0xFF : -1,
            output: FileManager.default.contents(atPath: path) ?? Data())
    }
}
