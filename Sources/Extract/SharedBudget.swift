#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif
internal import Hashing
internal import Staging
internal import Synchronization

/// What all processes of this user spent of one token's window: a small file under a lock.
///
/// The file is named by the hash of token and host (two doubles of Clio may use one token) and holds `reset spent`: the window's end by Clio's clock and the requests that
/// were begun in it, by whichever process. A file that cannot be used is left out: the answers' own counts still
/// hold every process within Clio's limit.
final class SharedBudget: Sendable {
    private let descriptor: Mutex<Int32>

    /// Opens the file of a token; nil when the folder is not ours alone.
    init?(folder: String, token: String, origin: String) {
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else { return nil }
        var facts = stat()
        guard lstat(folder, &facts) == 0, facts.st_mode & S_IFMT == S_IFDIR, facts.st_uid == geteuid(),
            facts.st_mode & 0o077 == 0
        else { return nil }
        Self.sweep(folder)
        let file = open(
            Self.path(folder: folder, token: token, origin: origin), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { return nil }
        descriptor = Mutex(file)
    }

    /// The file of a token.
    static func path(folder: String, token: String, origin: String) -> String {
        "\(folder)/\(SHA256.hex(origin + " " + token)).budget"
    }

    /// Removes the files of tokens that were not used for a day.
    private static func sweep(_ folder: String) {
        for name in (try? Files.names(in: folder)) ?? [] where name.hasSuffix(".budget") {
            var facts = stat()
            guard lstat(folder + "/" + name, &facts) == 0, facts.st_mtim.tv_sec < time(nil) - 86_400 else { continue }
            unlink(folder + "/" + name)
        }
    }

    deinit { descriptor.withLock { _ = close($0) } }

    /// Takes one request out of the window's budget.
    /// - Parameters:
    ///   - reset: the window's end by Clio's clock, as this process knows it.
    ///   - own: what this process has begun in it, this request with it.
    ///   - length: seconds in a window, as far as known.
    /// - Returns: false when the others have spent it.
    func take(reset: Double, own: Int, budget: Int, length: Double = 60) -> Bool {
        update { entry in
            if Self.isNewer(reset, entry, length) { entry = Entry(reset: reset, spent: own - 1) }
            // Another process is in the next window already: its count is the one that matters.
            guard entry.spent < budget else { return false }
            entry.spent += 1
            return true
        }
    }

    /// Learns from an answer's count, which knows of programs that are not ours too.
    func note(reset: Double, used: Int, length: Double = 60) {
        _ = update { entry in
            if Self.isNewer(reset, entry, length) {
                entry = Entry(reset: reset, spent: used)
            } else if reset >= entry.reset - Self.sameWindow {
                entry.spent = max(entry.spent, used)
            }
            return true
        }
    }

    private struct Entry {
        var reset: Double
        var spent: Int
    }

    private static let sameWindow = 2.0
    /// No window is this long, unless its learned length says so: an entry that lies farther ahead comes from a wrong header or a hand, and would block the token
    /// until then.
    private static let farthest = 600.0

    private static func isNewer(_ reset: Double, _ entry: Entry, _ length: Double) -> Bool {
        reset > entry.reset + sameWindow || entry.reset > reset + max(farthest, 2 * length)
    }

    /// Some tenths of a second at most.
    private static func lock(_ file: Int32) -> Bool {
        for _ in 0..<100 {
            if flock(file, LOCK_EX | LOCK_NB) == 0 { return true }
            guard errno == EWOULDBLOCK || errno == EINTR else { return false }
            usleep(2000)
        }
        return false
    }

    private func update(_ body: (inout Entry) -> Bool) -> Bool {
        descriptor.withLock { file in
            // Held for two system calls. A process that is halted in between must not halt the others: they continue without it.
            guard Self.lock(file) else { return true }
            defer { flock(file, LOCK_UN) }
            var bytes = [UInt8](repeating: 0, count: 64)
            let count = pread(file, &bytes, bytes.count, 0)
            let words = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).split(separator: " ")
            var entry = Entry(reset: 0, spent: 0)
            if words.count >= 2, let reset = Double(words[0]), reset.isFinite, let spent = Int(words[1]) {
                entry = Entry(reset: reset, spent: spent)
            }
            let answer = body(&entry)
            var text = "\(entry.reset) \(entry.spent) "
            text += String(repeating: " ", count: max(0, 63 - text.utf8.count)) + "\n"
            _ = text.utf8.withContiguousStorageIfAvailable { pwrite(file, $0.baseAddress, $0.count, 0) }
            return answer
        }
    }
}
