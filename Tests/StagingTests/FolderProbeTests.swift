import Foundation
import TestSupport
import Testing

@testable import Staging

/// What a folder must support is tried before a sync depends on it.
@Suite struct FolderProbeTests {
    private static let mayMount =
        Tool.runBlocking("unshare", ["-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).code == 0

    private func withFolder(_ body: (String) throws -> Void) throws {
        let root = (NSTemporaryDirectory() as NSString).appendingPathComponent("probe-\(UUID().uuidString)")
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: root) }
        try body(root)
    }

    @Test(arguments: [FolderProbe.Use.staging, .database])
    func anOrdinaryFolderIsGoodAndNothingIsLeftInIt(_ use: FolderProbe.Use) throws {
        try withFolder { root in
            try FolderProbe(root, use).check()
            try FolderProbe(root + "/not/there/yet", use).check()
            #expect(try FileManager.default.contentsOfDirectory(atPath: root).isEmpty)
            #expect(FolderProbe(root + "/not/there/yet", use).place == root)
        }
    }

    @Test func aFileInTheWayIsNamed() throws {
        try withFolder { root in
            try Data("x".utf8).write(to: URL(fileURLWithPath: root + "/plain"))
            let error = #expect(throws: StagingError.self) {
                try FolderProbe(root + "/plain/staging", .staging).check()
            }
            #expect(error?.description.hasPrefix("\(root)/plain: is in the way") == true)
            #expect(error?.description.contains("--staging") == true)
        }
    }

    @Test(.enabled(if: mayMount, "a tmpfs cannot be mounted here"))
    func aDiskWithoutInodesIsToldFromAFullOne() throws {
        try withFolder { root in
            #expect(
                Tool.runBlocking("mount", ["-t", "tmpfs", "-o", "size=50m,nr_inodes=100", "tmpfs", root]).code == 0)
            defer { _ = Tool.runBlocking("umount", ["-l", root]) }
            let error = #expect(throws: StagingError.self) { try FolderProbe(root, .staging).check() }
            #expect(error?.description.contains("inodes are free") == true)
            // And where it happens in the middle of the work.
            let failure = #expect(throws: StagingError.self) {
                for number in 0..<200 { try Files.write([1], to: "\(root)/\(number)") }
            }
            #expect(failure?.description.contains("no free inodes") == true, "\(failure?.description ?? "")")
            #expect(failure?.description.contains("free some disk space") == false)
        }
    }
}
