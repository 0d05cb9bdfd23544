internal import Bytes
internal import Foundation

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Why a pipeline file or its folder cannot be read, and what to do.
enum FileProblem {
    case absent
    /// A folder in place of a file, or a file in place of a folder.
    case otherKind
    case denied
    case other(String)

    init(_ error: any Error) {
        let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
        switch (underlying?.domain, underlying?.code) {
        case (NSPOSIXErrorDomain, Int(ENOENT)): self = .absent
        case (NSPOSIXErrorDomain, Int(ENOTDIR)), (NSPOSIXErrorDomain, Int(EISDIR)): self = .otherKind
        case (NSPOSIXErrorDomain, Int(EACCES)), (NSPOSIXErrorDomain, Int(EPERM)): self = .denied
        case (NSPOSIXErrorDomain, let code?):
            self = .other("cannot be read: \(String(cString: strerror(Int32(code))))")
        default:
            let code = (error as? CocoaError)?.code
            let other = Self.other("cannot be read: \(error)")
            self = code == .fileReadNoSuchFile ? .absent : code == .fileReadNoPermission ? .denied : other
        }
    }

    init(_ problem: EditedFile.Problem) {
        switch problem {
        case .absent, .brokenLink: self = .absent
        case .system(EISDIR): self = .otherKind
        case .system(let number) where number == EACCES || number == EPERM: self = .denied
        case .system(let number): self = .other("cannot be read: \(String(cString: strerror(number)))")
        case .tooLarge, .silentPipe: self = .other(problem.text)
        }
    }

    /// About the folder of pipeline files.
    var ofFolder: String {
        switch self {
        case .absent: "no such folder; `cliosync init` makes one, --pipelines names another"
        case .otherKind: "is a file, not a folder; name the folder of pipeline files with --pipelines"
        case .denied: "this user may not read the folder; run as its owner, or change its permissions"
        case .other(let text): text
        }
    }

    /// About a pipeline file.
    var ofFile: String {
        switch self {
        case .absent: "is not there any more, or a link to nothing; `cliosync init` writes the files that are missing"
        case .otherKind: "is a folder, not a file; move it away, `cliosync init` writes the files that are missing"
        case .denied: "this user may not read it; run as its owner, or change its permissions"
        case .other(let text): text
        }
    }
}
