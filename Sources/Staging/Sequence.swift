#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Record numbers that grow over a whole connection, across processes.
///
/// They are taken from `staging/FIRM/.sequence` in blocks, so that one synchronized write serves hundreds of pages; what is left of
/// a block at the end is skipped.
struct Sequence {
    private let folder: ConnectionFolder
    private var next: Int64 = 0
    private var end: Int64 = 0
    private static let block: Int64 = 100_000

    init(_ folder: ConnectionFolder) { self.folder = folder }

    /// The first of `count` numbers in a row.
    mutating func take(_ count: Int) throws(StagingError) -> Int64 {
        if end - next < count { try refill(Int64(count)) }
        defer { next += Int64(count) }
        return next
    }

    private mutating func refill(_ count: Int64) throws(StagingError) {
        let size = max(Self.block, count)
        let (path, source) = (folder.sequence, folder.numbers)
        next = try update { (counter) throws(StagingError) in
            guard let first = counter.take(size, from: source) else {
                throw StagingError(
                    .io,
                    "\(path): the record numbers that the store gave to this machine are used up; run the same "
                        + "command again")
            }
            return first
        }
        end = next + size
    }

    /// Changes the counter.
    /// - Returns: what the change returns.
    func update<Value>(
        _ change: (inout SequenceCounter) throws(StagingError) -> Value
    ) throws(StagingError) -> Value {
        let path = folder.sequence
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .system(path, "open") }
        defer { close(file) }
        try Self.lock(file, path)
        var text = [UInt8](repeating: 0, count: SequenceCounter.mostBytes)
        let read = text.withUnsafeMutableBytes { pread(file, $0.baseAddress, $0.count, 0) }
        let known = SequenceCounter(text.prefix(max(0, read)))
        // What was edited to anything else is no counter.
        var counter = if let known { known } else { SequenceCounter(next: try highest() + 1) }
        let result = try change(&counter)
        guard counter != known else { return result }
        let line = counter.text
        let written = line.withUnsafeBytes { pwrite(file, $0.baseAddress, $0.count, 0) }
        guard written == line.count, ftruncate(file, off_t(written)) == 0 else { throw .system(path, "write") }
        // The block is taken from here on, and must be durable before one of its numbers is. A slow disk holds up no other.
        flock(file, LOCK_UN)
        guard fsync(file) == 0 else { throw .system(path, "write") }
        return result
    }

    /// Waits for a lock that is held for a few system calls; a process that is halted in between must not halt this one for ever.
    private static func lock(_ file: Int32, _ path: String) throws(StagingError) {
        for _ in 0..<mostTries {
            if flock(file, LOCK_EX | LOCK_NB) == 0 { return }
            guard errno == EINTR || errno == EWOULDBLOCK else { throw .system(path, "lock") }
            usleep(pause)
        }
        throw StagingError(
            .locked, "\(path): another process holds it and does not move; end that process, then run again")
    }

    /// Microseconds between two tries.
    private static let pause: useconds_t = 2_000
    /// Ten seconds: much longer than a busy machine keeps a process from its few system calls.
    private static let mostTries = 5_000

    /// The highest number in any manifest, for a folder whose counter was lost.
    private func highest() throws(StagingError) -> Int64 {
        var highest: Int64 = 0
        for phase in try Files.names(in: folder.path) {
            for entity in try Files.names(in: "\(folder.path)/\(phase)/raw") {
                guard let manifest = try? RawManifest.read(folder.entity(phase: phase, name: entity)) else { continue }
                for page in manifest.pages { highest = max(highest, page.endSequence) }
            }
        }
        return highest
    }
}

extension ConnectionFolder {
    /// The first record number that no record has. The folder must exist.
    package func freeSequence() throws(StagingError) -> Int64 { try Sequence(self).update { $0.next } }

    /// Takes no number below this one from now on, except reserved ones. The folder must exist.
    package func raiseSequence(to number: Int64) throws(StagingError) {
        try Sequence(self).update { $0.next = max($0.next, number) }
    }

    /// The numbers that were reserved for this folder and are not taken; nil: none ever were.
    package func reservedNumbers() throws(StagingError) -> Range<Int64>? { try Sequence(self).update { $0.reserved } }

    /// Takes numbers from these, where only reserved ones may be taken, unless higher ones are reserved already. The folder
    /// must exist.
    package func reserveNumbers(_ numbers: Range<Int64>) throws(StagingError) {
        try Sequence(self).update { counter in
            // Each phase of a run reserves by itself, and they may come here in another order.
            if numbers.lowerBound >= counter.reserved?.lowerBound ?? 0 { counter.reserved = numbers }
        }
    }
}
