import Foundation

/// The C library's heap, made to give memory back.
enum Heap {
    /// The parameters' numbers in glibc's `malloc.h`, which Swift does not see.
    private enum Parameter: Int32 {
        case trimThreshold = -1
        case mmapThreshold = -3
        case arenaMaximum = -8
    }

    /// Few arenas, large blocks straight from the system. By default glibc makes up to eight arenas a core and keeps what
    /// each of them ever held, so that every stage of a run adds its own peak to the process's memory.
    ///
    /// Does nothing with another C library.
    static func keepSmall() {
        typealias Mallopt = @convention(c) (Int32, Int32) -> Int32
        guard let symbol = dlsym(nil, "mallopt") else { return }
        let mallopt = unsafeBitCast(symbol, to: Mallopt.self)
        for (parameter, value) in [
            (Parameter.arenaMaximum, Int32(2)), (.mmapThreshold, 256 << 10), (.trimThreshold, 16 << 20),
        ] {
            _ = mallopt(parameter.rawValue, value)
        }
    }
}
