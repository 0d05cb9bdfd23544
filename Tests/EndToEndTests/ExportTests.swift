import Foundation
import TestSupport
import Testing

/// `cliosync export`: one file that other tools read where nothing may be written.
@Suite(.timeLimit(.minutes(40)))
struct ExportTests {
    private static func isMountable() -> Bool {
        Tool.runBlocking("unshare", ["-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).code == 0
    }

    @Test(.gate, .enabled(if: isMountable(), "a file system cannot be mounted here"))
    func theExportIsReadFromAReadOnlyPlaceAndAFullDiskLeavesNothing() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--firm", "small", "--limit", "100000"])
            try await sandbox.cliosync(["run", "--phase", "core"], simulator).expect(0)
            let disk = sandbox.folder + "/disk"
            try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
            _ = try await sandbox.tool("mount", ["-t", "tmpfs", "-o", "size=200k", "tmpfs", disk])
            defer { _ = Tool.runBlocking("umount", ["-l", disk]) }
            let full = try await sandbox.cliosync(["export", "disk/firm.sqlite"], nil)
            full.expect(1)
            #expect(full.complaints.count == 1 && full.stderr.contains("disk/firm.sqlite: cannot be written"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: disk) == [])

            _ = try await sandbox.tool("mount", ["-o", "remount,size=200m", disk])
            let report = try await sandbox.cliosync(["export", "disk/firm.sqlite", "--json"], nil)
            report.expect(0)
            let json = try #require(try JSONSerialization.jsonObject(with: Data(report.stdout.utf8)) as? [String: Any])
            #expect(json["file"] as? String == "disk/firm.sqlite" && (json["incomplete"] as? [String])?.isEmpty == true)
            let again = try await sandbox.cliosync(["export", "disk/firm.sqlite"], nil)
            again.expect(1)
            #expect(again.stderr.contains("is there already; --force replaces it"))
            _ = try await sandbox.tool("mount", ["-o", "remount,ro", disk])
            let count = "SELECT count(*) FROM matters"
            let own = try await sandbox.tool("sqlite3", ["databases/default.sqlite", count])
            #expect(try await sandbox.tool("sqlite3", ["disk/firm.sqlite", count]) == own)
            #expect(try await sandbox.tool("sqlite3", ["disk/firm.sqlite", "PRAGMA journal_mode"]).contains("delete"))
        }
    }

    /// There is space, and the file cannot be made all the same.
    @Test(.deep(.disks), .enabled(if: isMountable(), "a file system cannot be mounted here"))
    func withoutFreeInodesTheAdviceIsAboutThem() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--firm", "small", "--limit", "100000"])
            try await sandbox.cliosync(["run", "--phase", "core"], simulator).expect(0)
            let disk = sandbox.folder + "/disk"
            try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
            _ = try await sandbox.tool("mount", ["-t", "tmpfs", "-o", "size=200m,nr_inodes=1", "tmpfs", disk])
            defer { _ = Tool.runBlocking("umount", ["-l", disk]) }
            let ending = try await sandbox.cliosync(["export", "disk/firm.sqlite"], nil)
            ending.expect(1)
            #expect(ending.complaints.count == 1, "\(ending.stderr)")
            #expect(ending.stderr.contains("error: disk/firm.sqlite: cannot be written"), "\(ending.stderr)")
            #expect(ending.stderr.contains("no free inodes"), "\(ending.stderr)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: disk) == [])
            // The same command, once there are.
            _ = try await sandbox.tool("mount", ["-o", "remount,nr_inodes=9", disk])
            try await sandbox.cliosync(["export", "disk/firm.sqlite"], nil).expect(0)
        }
    }
}
