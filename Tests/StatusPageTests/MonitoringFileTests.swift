import Foundation
import Testing

/// The monitoring files name only metrics that there are, and the documentation names all of them.
@Suite struct MonitoringFileTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private func names(_ path: String, quoted: Bool = false) throws -> Set<String> {
        let text = try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
        let found = quoted ? text.matches(of: /"(cliosync_[a-z_]+)"/) : text.matches(of: /\b(cliosync_[a-z_]+)\b/)
        return Set(found.map { String($0.1) })
    }

    private func metrics() throws -> Set<String> {
        try ["Metrics", "MetricFamily"].reduce(into: []) { found, file in
            found.formUnion(try names("Sources/StatusPage/Views/Metrics/\(file).swift", quoted: true))
        }
    }

    @Test(arguments: ["dashboard.json", "alerts.yml", "alerts.test.yml"])
    func everyNameIsAMetric(_ file: String) throws {
        let metrics = try metrics()
        let used = try names("docs/monitoring/\(file)")
        #expect(metrics.count > 30 && !used.isEmpty)
        #expect(used.subtracting(metrics).isEmpty)
    }

    @Test func everyMetricIsDocumented() throws {
        let metrics = try metrics()
        #expect(metrics.subtracting(try names("docs/status-page.md")).isEmpty)
    }
}
