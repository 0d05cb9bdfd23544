import Foundation
import Testing

/// Which tests run: those of the gate, or one part of the deep lane. `scripts/test` sets `CLIOSYNC_LANE`; without it the
/// gate's tests run.
enum Lane: String {
    /// One test for each command and each promise, within minutes.
    case gate
    /// `kill -9` and stops at many instants.
    case kills
    /// Folders of earlier versions, in the states that the gate leaves out.
    case folders
    /// Random commands over two accounts.
    case accounts
    /// Large, changing and grouped firms; estimates of all shapes.
    case firms
    /// Each fault of the simulator by itself, and all at once.
    case faults
    /// Finished databases that are kept current while the firm changes.
    case refresh
    /// Disks that are full, and files that are locked, read-only or damaged.
    case disks
    /// The second Clio double.
    case double
    /// Chromium, Prometheus, sqlite-utils, DuckDB and Datasette.
    case peers
    /// The status page in a browser: accessibility, and how it looks.
    case page
    /// Object stores of other makes.
    case remote
    /// Alarms, lineage and dashboard, with receivers and models of others.
    case monitoring
    /// Commands in more situations than the gate tries.
    case commands

    /// The lane of this process.
    static let current: Lane = {
        let name = ProcessInfo.processInfo.environment["CLIOSYNC_LANE"] ?? ""
        guard !name.isEmpty else { return .gate }
        guard let lane = Lane(rawValue: name) else { fatalError("CLIOSYNC_LANE: unknown lane \(name)") }
        return lane
    }()
}

extension Trait where Self == ConditionTrait {
    /// Runs a test, or every test of a suite, in this part of the deep lane alone.
    static func deep(_ part: Lane) -> Self {
        .enabled(if: Lane.current == part, "runs in `scripts/test deep \(part.rawValue)`")
    }

    /// Runs a test in the gate alone.
    static var gate: Self { .enabled(if: Lane.current == .gate, "runs in the gate") }
}
