#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

extension Files {
    /// Makes sure that a folder, if it exists, can be read by this user: what may not be read must not look like nothing.
    /// - Throws: one line that names the owner.
    static func checkReadable(_ path: String) throws(StagingError) {
        var status = stat()
        var path = path
        if stat(path, &status) != 0 {
            guard errno == EACCES else { return }
            // A folder above it may not be entered.
            while stat(path, &status) != 0, path != "/", path != "." { path = parent(of: path) }
        }
        guard status.st_mode & S_IFMT == S_IFDIR, access(path, R_OK | X_OK) != 0 else { return }
        let owner = getpwuid(status.st_uid).map { String(cString: $0.pointee.pw_name) } ?? "number \(status.st_uid)"
        throw StagingError(
            .io,
            "\(path): belongs to the user \(owner) and cannot be read; run as that user, or give the folder to this one: "
                + "chown -R \(getuid()) \(path)")
    }
}
