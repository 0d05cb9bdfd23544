public import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// Runs a tool of the machine to its end, in one call that waits for exactly that process and leaves no descriptor to
/// children that other tests start meanwhile.
public enum Tool {
    /// - Returns: the exit code, 127 for a tool that cannot be started and -1 for one that a signal ended; and what it
    ///   wrote on stdout and stderr.
    public static func run(_ name: String, _ arguments: [String]) -> (code: Int32, output: Data) {
        // A file, because another child could inherit the writing end of a pipe and keep it open.
        let path = (NSTemporaryDirectory() as NSString).appendingPathComponent("tool-\(UUID().uuidString)")
        defer { unlink(path) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        let words = ([name] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var pid: pid_t = 0
        guard posix_spawnp(&pid, name, &actions, nil, words, environ) == 0 else { return (127, Data()) }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        let code = status & 0x7F == 0 ? (status >> 8) & 0xFF : -1
        return (code, FileManager.default.contents(atPath: path) ?? Data())
    }

    /// The same, with the output as text.
    public static func text(_ name: String, _ arguments: [String]) -> (code: Int32, output: String) {
        let (code, output) = run(name, arguments)
        return (code, String(decoding: output, as: UTF8.self))
    }
}
