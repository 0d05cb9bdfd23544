#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The variables of the environment by which other programs tell this one where things are.
public enum Variables {
    /// The value of a variable; nil when it is not set, or empty.
    public static func value(_ name: String) -> String? {
        guard let text = getenv(name), text.pointee != 0 else { return nil }
        return String(cString: text)
    }

    /// A folder that a variable names; nil when it is not set, empty, or no absolute path, which counts as not set
    /// (https://specifications.freedesktop.org/basedir-spec).
    public static func folder(_ name: String) -> String? { value(name).flatMap { $0.hasPrefix("/") ? $0 : nil } }
}
