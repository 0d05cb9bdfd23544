import Dispatch
import Foundation
import Synchronization
import TestSupport

#if canImport(Glibc)
    import Glibc
#endif

/// A process of its own, with its output in files: no pipe that fills up, and whatever it wrote survives a kill.
final class ChildProcess: Sendable {
    /// How a process ended and what it said.
    struct Ending: Sendable {
        /// The exit code; nil when a signal ended it.
        let code: Int32?
        let signal: Int32?
        /// The most memory that it held.
        let peakBytes: Int
        let stdout: String
        let stderr: String

        /// The lines of stderr that neither are progress nor say as whom the run works.
        var complaints: [String] {
            stderr.split(separator: "\n").map(String.init).filter {
                !$0.hasPrefix("progress: ") && !$0.hasPrefix("account: ")
            }
        }
    }

    struct SpawnError: Error {
        let program: String
        let code: Int32
    }

    private struct State {
        var isReaped = false
        var ending: Ending?
        var waiting: [CheckedContinuation<Ending, Never>] = []
    }

    private let pid: pid_t
    let output: String
    private let errors: String
    private let state = Mutex(State())

    /// Starts a program.
    /// - Parameter output: where its stdout goes; its stderr goes to the same path with `.err`.
    init(
        _ program: String, _ arguments: [String], environment: [String: String], folder: String, output: String
    ) throws {
        self.output = output
        errors = output + ".err"
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        closeInherited(&actions)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The signals as a shell would hand them on, whatever the test process does with its own.
        var signals = sigset_t()
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        // `env` changes the folder and becomes the program.
        let words = (["/usr/bin/env", "-C", folder, program] + arguments).map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for word in words + variables { free(word) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, "/usr/bin/env", &actions, &attributes, words, variables)
        guard code == 0 else { throw SpawnError(program: program, code: code) }
        self.pid = pid
        let thread = Thread { [self] in reap() }
        thread.start()
    }

    /// Waits for the end.
    func wait() async -> Ending {
        await withCheckedContinuation { continuation in
            let ending = state.withLock { state in
                if state.ending == nil { state.waiting.append(continuation) }
                return state.ending
            }
            if let ending { continuation.resume(returning: ending) }
        }
    }

    /// Sends a signal, if the process is still there.
    func send(_ signal: Int32) {
        state.withLock { state in
            if !state.isReaped { kill(pid, signal) }
        }
    }

    var isRunning: Bool { state.withLock { !$0.isReaped } }

    private func reap() {
        // First wait, then reap under the lock: a signal never reaches a stranger that inherited the number.
        var information = siginfo_t()
        var peak = 0
        while true {
            // The kernel's own figure: rusage would count what this process held when it spawned the child.
            peak = max(peak, Self.highWater(pid))
            information = siginfo_t()
            let code = waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT | WNOHANG)
            if code == 0 && information.si_signo != 0 { break }
            if code != 0 && errno != EINTR { break }
            Thread.sleep(forTimeInterval: 0.02)
        }
        var status: Int32 = 0
        state.withLock { state in
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
            state.isReaped = true
        }
        let signal = status & 0x7F
        let ending = Ending(
            code: signal == 0 ? (status >> 8) & 0xFF : nil, signal: signal == 0 ? nil : signal,
            peakBytes: peak, stdout: Self.text(output), stderr: Self.text(errors))
        let waiting = state.withLock { state in
            state.ending = ending
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume(returning: ending) }
    }

    /// Peak resident bytes so far; 0 once the process is gone.
    private static func highWater(_ pid: pid_t) -> Int {
        let status = text("/proc/\(pid)/status")
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
            let kilobytes = line.split(separator: " ").compactMap({ Int($0) }).first
        else { return 0 }
        return kilobytes * 1024
    }

    private static func text(_ path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }
}
