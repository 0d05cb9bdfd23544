#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif
internal import Account
internal import Foundation
internal import Synchronization

/// One command of the user's, run by /bin/sh in a separate process group.
struct ShellCommand: Sendable {
    private let command: String
    private let environment: [String: String]
    private let input: String

    /// - Parameters:
    ///   - environment: on top of this process's own, from which everything secret is taken out.
    ///   - input: for its stdin; must fit a pipe (some ten kilobytes).
    init(_ command: String, environment: [String: String], input: String) {
        self.command = command
        self.input = input + "\n"
        let own = ProcessInfo.processInfo.environment.filter { name, _ in
            // A misspelled name of a token may hold one too.
            !name.hasPrefix("CLIO_") && !SettingTable.withheldNames.contains(name)
        }
        self.environment = own.merging(environment) { $1 }
    }

    /// Runs it on its own thread and waits for its end; what takes longer than `timeout` seconds, or is cancelled, is
    /// killed with all that it started.
    func run(timeout: Double) async -> Notifier.Outcome {
        let isCancelled = Cancellation()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let thread = Thread { continuation.resume(returning: perform(timeout, isCancelled)) }
                thread.name = "cliosync.notify"
                thread.start()
            }
        } onCancel: {
            isCancelled.flag.store(true, ordering: .releasing)
        }
    }

    private final class Cancellation: Sendable {
        let flag = Atomic<Bool>(false)
    }

    private func perform(_ timeout: Double, _ isCancelled: Cancellation) -> Notifier.Outcome {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return .failed("no pipe for it") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        // The reading end is open in this process, so that a command that reads nothing raises no SIGPIPE here; and a
        // pipe holds more than an alarm.
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        _ = Array(input.utf8).withUnsafeBytes { write(ends[1], $0.baseAddress, $0.count) }
        close(ends[1])
        guard let pid = spawn(stdin: ends[0]) else { return .failed("/bin/sh could not be started") }
        let end = ContinuousClock.now + .seconds(timeout)
        var status: Int32 = 0
        while true {
            let done = waitpid(pid, &status, WNOHANG)
            if done == pid { break }
            if done < 0 && errno != EINTR { return .failed("its end was not seen") }
            let wasCancelled = isCancelled.flag.load(ordering: .acquiring)
            if wasCancelled || ContinuousClock.now >= end {
                kill(-pid, SIGKILL)
                while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
                if wasCancelled { return .failed("the run ended before it did") }
                return .failed("it took longer than \(Int(timeout)) s and was ended")
            }
            usleep(20_000)
        }
        guard status & 0x7F == 0 else { return .failed("signal \(status & 0x7F) ended it") }
        let code = (status >> 8) & 0xFF
        // 126 and 127: the shell found nothing that it could run.
        return code == 0
            ? .delivered
            : code == 126 || code == 127
                ? .refused("it cannot be run (exit code \(code))")
                : .failed("it ended with exit code \(code)")
    }

    private func spawn(stdin: Int32) -> pid_t? {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, stdin, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Signals as a shell expects them, whatever this process does with its own.
        var signals = sigset_t()
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        let texts: [String] = ["/bin/sh", "-c", command]
        let words: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) } + [nil]
        let pairs: [String] = environment.map { "\($0.key)=\($0.value)" }
        let variables: [UnsafeMutablePointer<CChar>?] = pairs.map { strdup($0) } + [nil]
        defer { for word in words + variables { free(word) } }
        var pid: pid_t = 0
        return posix_spawn(&pid, "/bin/sh", &actions, &attributes, words, variables) == 0 ? pid : nil
    }
}
