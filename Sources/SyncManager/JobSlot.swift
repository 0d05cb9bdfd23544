internal import Staging

/// One of the `SYNC_MAX_CONCURRENT_JOBS` places for jobs on this machine's staging folder; a kill frees it.
struct JobSlot {
    private let lock: FileLock

    init(staging: String, most: Int) throws(StagingError) {
        for number in 1...most {
            do throws(StagingError) {
                lock = try FileLock.exclusive("\(staging)/.jobs/slot-\(number).lock", holder: "job")
                return
            } catch {
                guard error.code == .locked else { throw error }
            }
        }
        throw StagingError(
            .locked,
            "\(staging): \(most) jobs run already; wait for one to end, or raise SYNC_MAX_CONCURRENT_JOBS")
    }

    func release() { lock.release() }
}
