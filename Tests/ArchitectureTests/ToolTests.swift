import TestSupport
import Testing

/// What the tests themselves rely on when they start a tool.
struct ToolTests {
    @Test func theExitCodeTellsHowAToolEnded() {
        #expect(Tool.run("no-such-tool", []).code == 127)
        #expect(Tool.run("sh", ["-c", "kill -9 $$"]).code == -1)
        #expect(Tool.text("sh", ["-c", "echo out; echo err >&2; exit 3"]) == (3, "out\nerr\n"))
    }
}
