internal import CZlib

/// The zlib that this process was linked with.
public enum GzipLibrary {
    /// `1.2.13`.
    public static var version: String { String(cString: zlibVersion()) }
}
