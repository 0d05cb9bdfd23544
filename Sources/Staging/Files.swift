#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif
internal import Bytes
internal import Synchronization

/// The few things that staged files need of a file system, each durable when it returns.
///
/// A question about a file that the system refuses to answer (no permission, a disk that fails, a loop of links) is an error
/// and never means that there is no such file.
public enum Files {
    /// What the system says of a path; nil when there is nothing.
    private static func facts(_ path: String, followsLinks: Bool) throws(StagingError) -> stat? {
        var facts = stat()
        if (followsLinks ? stat(path, &facts) : lstat(path, &facts)) == 0 { return facts }
        guard isAbsence(errno) else { throw .unreadable(path) }
        return nil
    }

    /// Whether an error number says that there is nothing, and not that this user may not see it.
    private static func isAbsence(_ number: Int32) -> Bool { number == ENOENT || number == ENOTDIR }

    /// Makes a folder and its parents, readable for their owner only.
    public static func createFolder(_ path: String) throws(StagingError) {
        var partial = path.hasPrefix("/") ? "" : "."
        for piece in path.split(separator: "/") {
            partial += "/" + piece
            if mkdir(partial, 0o700) != 0 && errno != EEXIST {
                // A read-only parent that exists already answers EROFS or EACCES.
                let number = errno
                guard (try? isFolder(partial)) == true else {
                    errno = number
                    throw .system(partial, "make the folder")
                }
            }
        }
        guard try isFolder(path) else { throw StagingError(.io, "\(path): is in the way: it is no folder") }
    }

    /// Whether there is a folder here (or a link to one).
    public static func isFolder(_ path: String) throws(StagingError) -> Bool {
        try facts(path, followsLinks: true).map { $0.st_mode & S_IFMT == S_IFDIR } ?? false
    }

    /// Whether there is anything here.
    public static func exists(_ path: String) throws(StagingError) -> Bool {
        try facts(path, followsLinks: true) != nil
    }

    /// Bytes of a file; nil when there is none.
    public static func size(_ path: String) throws(StagingError) -> Int? {
        try facts(path, followsLinks: true).map { Int($0.st_size) }
    }

    /// The names in a folder, sorted; empty when there is no folder.
    public static func names(in path: String) throws(StagingError) -> [String] {
        guard let folder = opendir(path) else {
            guard isAbsence(errno) else { throw .unreadable(path) }
            return []
        }
        defer { closedir(folder) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(folder) else {
                guard errno == 0 else { throw .unreadable(path) }
                break
            }
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// The whole of a small file; nil when there is none.
    public static func read(_ path: String) throws(StagingError) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if isAbsence(errno) { return nil }
            throw .unreadable(path)
        }
        defer { close(descriptor) }
        var content: [UInt8] = []
        content.reserveCapacity(try size(path) ?? 0)
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .system(path, "read") }
            if count == 0 { return content }
            content.append(contentsOf: chunk[..<count])
        }
    }

    /// Replaces a small file in one step, 0600. Of several threads or processes that do so at once, one is the last.
    public static func write(_ content: [UInt8], to path: String) throws(StagingError) {
        try rename(try writeTemporary(content, for: path), to: path)
    }

    /// Makes a small file in one step, 0600, unless there is one.
    /// - Returns: whether it was made; of several threads or processes that try, one makes it.
    public static func create(_ content: [UInt8], at path: String) throws(StagingError) -> Bool {
        let temporary = try writeTemporary(content, for: path)
        defer { unlink(temporary) }
        if Glibc.link(temporary, path) != 0 {
            let number = errno
            if number == EEXIST { return false }
            // A file system without hard links.
            guard [EPERM, EOPNOTSUPP, ENOSYS].contains(number) else { throw .system(path, "put the file in place") }
            if try exists(path) { return false }
            try rename(temporary, to: path)
        }
        try synchronizeFolder(parent(of: path))
        return true
    }

    private static let writes = Atomic(0)

    /// Writes a durable file beside a path, under a name that no other thread or process uses.
    private static func writeTemporary(_ content: [UInt8], for path: String) throws(StagingError) -> String {
        let number = writes.wrappingAdd(1, ordering: .relaxed).newValue % 1_000_000
        // Digits only: the process, and six more.
        let temporary = "\(path).tmp\(getpid())\(String(1_000_000 + number).dropFirst())"
        let file = try AppendFile(temporary, truncate: true)
        var failure: StagingError?
        content.withUnsafeBytes { bytes in
            do throws(StagingError) { try file.append(bytes) } catch { failure = error }
        }
        if let failure { throw failure }
        try file.synchronize()
        return temporary
    }

    /// Renames, replacing what is there, and makes the new name durable.
    public static func rename(_ old: String, to new: String) throws(StagingError) {
        guard Glibc.rename(old, new) == 0 else { throw .system(new, "put the file in place") }
        try synchronizeFolder(parent(of: new))
    }

    /// Makes the bytes of a file durable.
    public static func synchronize(_ path: String) throws(StagingError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(path, "open the file") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .system(path, "make the file durable") }
    }

    /// Makes the names in a folder durable.
    public static func synchronizeFolder(_ path: String) throws(StagingError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(path, "open the folder") }
        defer { close(descriptor) }
        // Some file systems cannot synchronize a folder and say EINVAL; nothing is to be done about it.
        guard fsync(descriptor) == 0 || errno == EINVAL else { throw .system(path, "make the folder durable") }
    }

    /// Deletes a file, a link, or a folder with all in it; does nothing when it is not there.
    public static func remove(_ path: String) throws(StagingError) {
        guard let status = try facts(path, followsLinks: false) else { return }
        if status.st_mode & S_IFMT == S_IFDIR {
            for name in try names(in: path) { try remove(path + "/" + name) }
            guard rmdir(path) == 0 || errno == ENOENT else { throw .system(path, "delete the folder") }
        } else {
            guard unlink(path) == 0 || errno == ENOENT else { throw .system(path, "delete") }
        }
    }

    /// Whether a file's name says that it was being written when a process was killed: what ends in `.tmp`, and a number
    /// where several may write.
    public static func isTemporary(_ name: String) -> Bool {
        guard let end = name.lastIndex(of: ".") else { return false }
        let suffix = name[end...]
        return suffix.hasPrefix(".tmp") && suffix.dropFirst(4).utf8.allSatisfy { (48...57).contains($0) }
    }

    /// What killed processes left beside a file that they were writing: `FILE.tmp`, `FILE.tmp123`, and SQLite's journals of these.
    public static func temporaries(of path: String) throws(StagingError) -> [String] {
        let folder = parent(of: path)
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let prefix = path.hasSuffix(name) ? String(path.dropLast(name.count)) : ""
        return try names(in: folder).sorted().filter { other in
            guard other.hasPrefix(name + ".tmp") else { return false }
            let end = ["-journal", "-wal", "-shm"].first { other.hasSuffix($0) } ?? ""
            return isTemporary(String(other.dropLast(end.count)))
        }.map { prefix + $0 }
    }

    /// Puts a symbolic link in place in one step. One process at a time: what a killed one left is taken away.
    package static func link(_ path: String, to target: String) throws(StagingError) {
        let temporary = path + ".tmp"
        unlink(temporary)
        if try linkTarget(path) == target { return }
        guard symlink(target, temporary) == 0 else { throw .system(path, "make the link") }
        try rename(temporary, to: path)
    }

    /// Where a symbolic link points; nil when it is none.
    package static func linkTarget(_ path: String) throws(StagingError) -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = buffer.withUnsafeMutableBytes {
            readlink(path, $0.assumingMemoryBound(to: CChar.self).baseAddress.unsafelyUnwrapped, $0.count)
        }
        guard count >= 0 else {
            // EINVAL: a file or a folder.
            guard isAbsence(errno) || errno == EINVAL else { throw .unreadable(path) }
            return nil
        }
        return String(decoding: buffer[..<count], as: UTF8.self)
    }

    /// Puts the folder `next` in place of `current`. A crash between the two renames leaves `next` alone, and the next
    /// call finishes the work.
    static func replace(_ current: String, by next: String) throws(StagingError) {
        let aside = next + ".old"
        if try exists(current) {
            try remove(aside)
            try rename(current, to: aside)
        }
        try rename(next, to: current)
        try remove(aside)
    }

    /// The folder that a path is in.
    public static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// When a file or folder was last changed, in seconds since 1970; nil when it is not there. A link is not followed.
    public static func modified(_ path: String) throws(StagingError) -> Double? {
        try facts(path, followsLinks: false).map { Double($0.st_mtim.tv_sec) }
    }

    /// Bytes of a file, or of all files in a folder; links are not followed.
    public static func totalSize(_ path: String) throws(StagingError) -> Int {
        guard let status = try facts(path, followsLinks: false) else { return 0 }
        guard status.st_mode & S_IFMT == S_IFDIR else { return Int(status.st_size) }
        var sum = 0
        for name in try names(in: path) { sum += try totalSize(path + "/" + name) }
        return sum
    }

    /// The last byte of a file; nil when there is none.
    public static func lastByte(_ path: String) throws(StagingError) -> UInt8? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            guard isAbsence(errno) else { throw .unreadable(path) }
            return nil
        }
        defer { close(descriptor) }
        var byte: UInt8 = 0
        let end = lseek(descriptor, 0, SEEK_END)
        return end > 0 && pread(descriptor, &byte, 1, end - 1) == 1 ? byte : nil
    }

    /// Bytes that may still be written below this folder.
    public static func freeSpace(_ path: String) -> Int? {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return nil }
        return Int(status.f_bavail) * Int(status.f_frsize)
    }
}
