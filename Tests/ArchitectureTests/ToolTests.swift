import Foundation
import TestSupport
import Testing

/// What the tests themselves rely on when they start a tool.
struct ToolTests {
    @Test func theExitCodeTellsHowAToolEnded() async {
        #expect(await Tool.run("no-such-tool", []).code == 127)
        #expect(await Tool.run("sh", ["-c", "kill -9 $$"]).code == -1)
        let ending = await Tool.run("sh", ["-c", "echo out; echo err >&2; exit 3"])
        #expect(ending.code == 3 && ending.text == "out\nerr\n")
    }

    @Test func aToolGetsNoDescriptorOfThisProcess() async throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        let high = fcntl(ends[0], F_DUPFD, 900)
        try #require(high >= 900)
        defer { close(high) }
        let listing = await Tool.run("ls", ["/proc/self/fd"])
        // `ls` opens the folder that it lists.
        #expect(listing.text == "0\n1\n2\n3\n", "exit code \(listing.code)")
    }
}
