#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Tries in a folder what a sync needs of its file system, before hours of work depend on it.
///
/// Everything is tried in a temporary folder, which is removed again.
public struct FolderProbe: Sendable {
    /// What a folder is for.
    public enum Use: Sendable {
        /// Staged files: locks, durable writes, renames, and the symbolic link that switches layers.
        case staging
        /// A SQLite database in WAL mode: locks, durable writes and shared memory.
        case database
    }

    /// Fewer free inodes than this are too few for a sync: each list has some files in each layer.
    private static let fewestInodes: UInt = 500

    private let path: String
    private let use: Use

    /// A probe of a folder, which need not exist yet.
    public init(_ path: String, _ use: Use) {
        self.path = path.isEmpty ? "." : path
        self.use = use
    }

    /// The folder, or the nearest one above it that exists.
    public var place: String {
        var place = path
        while place != "/", place != ".", (try? Files.exists(place)) == false { place = Files.parent(of: place) }
        return place
    }

    /// Tries everything.
    /// - Throws: the first thing that does not work, in one line with what to do.
    public func check() throws(StagingError) {
        let place = place
        guard try Files.isFolder(place) else {
            throw StagingError(.io, "\(place): is in the way: it is no folder; choose another one with \(option)")
        }
        try checkInodes(place)
        let trial = "\(place)/.cliosync-probe-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        guard mkdir(trial, 0o700) == 0 else { throw .system(place, "write here") }
        do throws(StagingError) {
            try tryFiles(trial)
            if use == .staging { try tryLinks(trial) } else { try trySharedMemory(trial) }
        } catch {
            try? Files.remove(trial)
            throw error
        }
        try Files.remove(trial)
    }

    private var option: String { use == .staging ? "--staging" : "--database" }

    private func lacks(_ what: String, _ number: Int32) -> StagingError {
        StagingError(
            .io,
            "\(path): this file system \(what) (\(String(cString: strerror(number)))), which a sync needs; choose a folder on "
                + "a local disk (ext4, XFS, Btrfs) with \(option)")
    }

    private func checkInodes(_ place: String) throws(StagingError) {
        var status = statvfs()
        // A file system without a fixed number of inodes says 0.
        guard statvfs(place, &status) == 0, status.f_files > 0, status.f_favail < Self.fewestInodes else { return }
        throw StagingError(
            .io,
            "\(path): \(status.f_favail) inodes are free, however much space there is; delete files that are not needed "
                + "(df -i shows where), or choose another disk with \(option)")
    }

    /// Durable writes, a rename over a file that is there, and a lock that keeps a second holder out.
    private func tryFiles(_ trial: String) throws(StagingError) {
        let (old, new) = (trial + "/old", trial + "/new")
        for file in [old, new] { try Files.write([1], to: file) }
        guard rename(new, old) == 0 else { throw lacks("cannot rename a file over another", errno) }
        try Files.synchronizeFolder(trial)
        let holder = open(old, O_RDWR | O_CLOEXEC)
        let other = open(old, O_RDWR | O_CLOEXEC)
        defer {
            close(holder)
            close(other)
        }
        guard holder >= 0, other >= 0 else { throw .system(old, "open") }
        guard flock(holder, LOCK_EX | LOCK_NB) == 0 else { throw lacks("has no file locks", errno) }
        guard flock(other, LOCK_EX | LOCK_NB) != 0 else { throw lacks("gives one lock to two holders", EINVAL) }
    }

    private func tryLinks(_ trial: String) throws(StagingError) {
        guard symlink("old", trial + "/link") == 0 else { throw lacks("has no symbolic links", errno) }
    }

    private func trySharedMemory(_ trial: String) throws(StagingError) {
        let file = open(trial + "/old", O_RDWR | O_CLOEXEC)
        guard file >= 0 else { throw .system(trial, "open a file") }
        defer { close(file) }
        guard ftruncate(file, 4096) == 0 else { throw .system(trial, "make a file longer") }
        let memory = mmap(nil, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
        guard let memory, memory != MAP_FAILED else { throw lacks("has no shared memory maps", errno) }
        munmap(memory, 4096)
    }
}
