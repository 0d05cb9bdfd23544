#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// What this process cost the machine so far.
struct ProcessUsage: Sendable {
    /// The most memory that was ever resident.
    let peakBytes: Int
    /// Processor time of all threads, in seconds.
    let cpuSeconds: Double

    static var now: ProcessUsage {
        var usage = rusage()
        #if canImport(Glibc)
            getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
            let unit = 1024
        #else
            getrusage(RUSAGE_SELF, &usage)
            let unit = 1
        #endif
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return ProcessUsage(
            peakBytes: Int(usage.ru_maxrss) * unit, cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime))
    }
}
