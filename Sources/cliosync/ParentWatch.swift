import Foundation

/// Stops this process when the one that started it has ended, as SIGTERM does.
///
/// The kernel could send the signal, but does so at the end of the thread that started this process, not of its process.
enum ParentWatch {
    private static let interval = 0.25

    /// Call it as early as possible: a parent that ended before is not noticed.
    static func begin() {
        let parent = getppid()
        let thread = Thread {
            while getppid() == parent { Thread.sleep(forTimeInterval: interval) }
            kill(getpid(), SIGTERM)
        }
        thread.name = "cliosync.parent"
        thread.start()
    }
}
