import Account
import Foundation
import Progress
import SyncManager
import Testing

@testable import cliosync

/// The timers that `init --systemd` writes, and that of the package.
@Suite struct SystemdTests {
    private static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    private func files(_ region: String) -> [String: String] {
        let files = Systemd.files(
            program: "/usr/bin/cliosync", folder: "/srv/50 %", region: region, user: "ann", home: "/home/ann",
            phases: ["core", "supporting"])
        return Dictionary(files.map { ($0.name, $0.content) }, uniquingKeysWith: { $1 })
    }

    /// Every time of a year that a timer fires at.
    private func firings(_ timer: String) throws -> [Double] {
        let schedule = try #require(RefreshSchedule(units: [timer]))
        var moment = 1_795_824_000.0
        return try (0..<365).map { _ in
            moment = try #require(schedule.next(after: moment))
            return moment
        }
    }

    @Test(arguments: ["us", "ca", "eu", "au"])
    func noTimerFiresInThePeakHoursOfItsRegion(_ region: String) throws {
        let peak = try #require(PeakHours.of(region: region))
        for (name, content) in files(region) where name.hasSuffix(".timer") {
            for moment in try firings(content) {
                #expect(!peak.isPeak(at: moment), "\(name) \(moment)")
                // A refresh has two hours before the next ones.
                if name.hasPrefix("cliosync-refresh") { #expect(!peak.isPeak(at: moment + 7200), "\(moment)") }
            }
        }
    }

    @Test func thePackagesRefreshFiresOutsideOfThePeakHours() throws {
        let timer = try String(
            contentsOfFile: Self.repository + "/packaging/systemd/cliosync-refresh@.timer", encoding: .utf8)
        let peak = try #require(PeakHours.of(region: "us"))
        for moment in try firings(timer) { #expect(!peak.isPeak(at: moment) && !peak.isPeak(at: moment + 7200)) }
    }

    @Test func aRefreshIsOneFirms() throws {
        let service = try #require(files("us")["cliosync-refresh@.service"])
        #expect(service.contains("ExecStart=\"/usr/bin/cliosync\" refresh --connection %i --log-format json\n"))
        #expect(service.contains("WorkingDirectory=/srv/50 %%\n"))
        #expect(service.contains("After=network-online.target cliosync-core.service cliosync-supporting.service\n"))
    }
}
