import Foundation
import Staging
import Testing

@testable import Account

/// What names a firm on a machine after it was removed from a project folder.
@Suite struct MachineTracesTests {
    @Test func timersAndCredentialsOfThisFirmAreNamed() throws {
        let root = NSTemporaryDirectory() + "/traces-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: root) }
        for path in [
            "systemd/system/timers.target.wants/cliosync@smith.timer",
            "systemd/system/timers.target.wants/cliosync-refresh@smith.timer",
            "systemd/system/timers.target.wants/cliosync@smith-jones.timer",
            "credstore/cliosync.smith.CLIO_ACCESS_TOKEN", "credstore/cliosync.CLIO_CLIENT_ID",
            "credstore.encrypted/cliosync.smith.SYNC_MASK_KEY",
        ] {
            let url = URL(fileURLWithPath: "\(root)/\(path)")
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data().write(to: url)
        }
        #expect(
            MachineTraces.lines(of: "smith", in: root) == [
                "a timer still starts its sync: sudo systemctl disable --now cliosync-refresh@smith.timer cliosync@smith.timer",
                "a credential is left: sudo rm \(root)/credstore/cliosync.smith.CLIO_ACCESS_TOKEN "
                    + "\(root)/credstore.encrypted/cliosync.smith.SYNC_MASK_KEY",
            ])
        #expect(MachineTraces.lines(of: "brown", in: root).isEmpty)
        #expect(MachineTraces.lines(of: "smith", in: root + "/none").isEmpty)
    }
}
