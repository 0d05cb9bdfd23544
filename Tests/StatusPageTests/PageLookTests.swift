import Foundation
import TestSupport
import Testing

@testable import Jobs
@testable import Pipelines
@testable import Progress
@testable import StatusPage

/// Pages in every state, made of values, in a real browser: accessibility by axe-core, and screenshots against references.
///
/// Part `page` of the deep lane. After a change of the design, look at the pages, then run `scripts/record-looks`.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["CLIOSYNC_LANE"] == "page", "runs in `scripts/test deep page`"))
struct PageLookTests {
    private static let looks = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Looks")

    @Test(.timeLimit(.minutes(15))) func everyPageIsAccessibleAndLooksAsItDid() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "looks-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var shots: [String: [[Any]]] = [:]
        for page in LookSample.pages {
            try page.html.write(to: folder.appending(path: page.name + ".html"), atomically: true, encoding: .utf8)
            shots[page.name] = page.shots.map { [$0.width, $0.isDark] }
        }
        try JSONSerialization.data(withJSONObject: shots).write(to: folder.appending(path: "looks.json"))
        let isRecording = ProcessInfo.processInfo.environment["CLIOSYNC_RECORD"] == "1"
        let seen = await Tool.run(
            "python3",
            ["-B", Self.looks.appending(path: "look.py").path, folder.path, Self.looks.path]
                + (isRecording ? ["record"] : []))
        #expect(seen.code == 0 && seen.text.hasPrefix("ok: "), "\(seen.text)")
        // What was seen stays for who looks into a failure.
        if seen.code == 0 { try FileManager.default.removeItem(at: folder) }
    }
}
