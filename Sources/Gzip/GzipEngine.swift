internal import CDeflate

/// The library that does the compression. Both read and write plain gzip.
public enum GzipEngine: Sendable, CaseIterable {
    /// Streams of any size; always there.
    case zlib
    /// Whole members in memory, about twice as fast; there when the build found it.
    case libdeflate

    /// What this build has.
    public static var available: [GzipEngine] { cd_available() != 0 ? [.zlib, .libdeflate] : [.zlib] }

    /// The fastest one of this build.
    public static var fastest: GzipEngine { cd_available() != 0 ? .libdeflate : .zlib }
}
