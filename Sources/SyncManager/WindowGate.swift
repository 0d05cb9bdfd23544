internal import Account
internal import Synchronization

/// Says whether requests may go now, cheaply enough to be asked before each of them.
final class WindowGate: Sendable {
    let window: SyncWindow
    /// What was found out last, and until when it holds.
    private let known = Mutex<(from: Double, until: Double, isOpen: Bool)?>(nil)

    init(_ window: SyncWindow) { self.window = window }

    /// When the window opens, seconds since 1970; nil while it is open.
    func heldUntil(_ now: Double) -> Double? {
        known.withLock { known in
            if let known, known.from <= now, now < known.until { return known.isOpen ? nil : known.until }
            if let closing = window.closing(at: now) {
                known = (now, closing, true)
                return nil
            }
            let opening = window.opening(from: now)
            known = (now, opening, false)
            return opening
        }
    }
}
