import Foundation
import TestSupport
import Testing

/// What a power failure may leave: a manifest speaks only of bytes that are on the disk already, and nothing half written gets
/// a name under which it is read.
@Suite(.timeLimit(.minutes(5)))
struct PowerFailureTests {
    @Test(.gate) func aManifestSpeaksOfWhatIsOnTheDisk() async throws {
        try await Sandbox.use { sandbox in
            let shim = try await sandbox.shim("write_log")
            let simulator = try await sandbox.simulator(["--firm", "small", "--defects", "0.02", "--limit", "100000"])
            for stage in ["extract", "transform"] {
                let log = "\(sandbox.folder)/\(stage).writes"
                try await sandbox.cliosync(
                    [stage, "--phase", "core", "--phase", "supporting"], simulator,
                    settings: KillTests.smallPages.merging(["LD_PRELOAD": shim, "WRITE_LOG": log]) { $1 }
                ).expect(0)
                var disk = Disk(below: "/staging/")
                let calls = String(decoding: sandbox.read("\(stage).writes"), as: UTF8.self)
                for line in calls.split(separator: "\n") { disk.take(line) }
                #expect(disk.problems.isEmpty, "\(stage): \(disk.problems.prefix(5))")
                #expect(disk.unwritten.isEmpty, "\(stage): not synchronized at the end: \(disk.unwritten)")
                #expect(disk.promises > (stage == "extract" ? 40 : 8), "\(stage): \(disk.promises) parts in manifests")
            }
        }
    }
}

/// The files of a folder as the calls of a program leave them: which have bytes that a power failure takes.
private struct Disk {
    /// Parts that manifests speak of.
    private(set) var promises = 0
    private(set) var problems: [String] = []
    /// Staged files with bytes that were not synchronized, and folders whose new names were not.
    var unwritten: Set<String> {
        dirty.filter { $0.contains(".ndjson") }.union(renamed)
    }
    private var dirty: Set<String> = []
    private var renamed: Set<String> = []
    private let place: String

    init(below place: String) { self.place = place }

    mutating func take(_ line: Substring) {
        let call = line.prefix { $0 != " " }
        let rest = line.dropFirst(call.count + 1)
        guard rest.contains(place) else { return }
        switch call {
        case "write":
            let fields = rest.split(separator: "\t")
            let path = String(fields[0])
            for text in fields.dropFirst() { manifest(path, text) }
            dirty.insert(path)
        case "sync":
            dirty.remove(String(rest))
            renamed.remove(String(rest))
        case "rename":
            let names = rest.split(separator: " ").map(String.init)
            let open = unwritten.filter { $0 == names[0] || $0.hasPrefix(names[0] + "/") }
            if !open.isEmpty { problems.append("\(names[1]) gets its name before it is on the disk: \(open)") }
            dirty.remove(names[0])
            renamed.insert((names[1] as NSString).deletingLastPathComponent)
        default: problems.append("an unknown call: \(line)")
        }
    }

    /// A line of a manifest names a part, of raw, clean or flagged records.
    private mutating func manifest(_ path: String, _ text: Substring) {
        guard let line = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any],
            let part = (line["part"] ?? line["seal"]) as? String
        else { return }
        promises += 1
        let entity = ((path as NSString).deletingLastPathComponent as NSString).lastPathComponent
        let open = dirty.filter { $0.contains("/\(entity)/\(part).") || $0.contains("/\(entity)/.\(part).") }
        if !open.isEmpty { problems.append("\(path) names \(part) before it is on the disk: \(open)") }
    }
}
