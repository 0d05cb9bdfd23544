import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// `cliosync demo` and the simulator that it starts.
@Suite(.timeLimit(.minutes(40)))
struct DemoTests {
    @Test(.gate) func theSimulatorEndsWithTheDemoHoweverThatEnds() async throws {
        try await Sandbox.use { sandbox in
            for (number, ending) in [SIGKILL, SIGTERM].enumerated() {
                let demo = try sandbox.start(
                    ["demo", "--firm", "small", "--latency", "1000", "--no-progress", "--staging", "staging\(number)"]
                        + ["--database", "demo\(number).sqlite"], nil)
                var address = ""
                try await poll("the simulator to listen") {
                    let text = (try? String(contentsOfFile: demo.output + ".err", encoding: .utf8)) ?? ""
                    guard let start = text.range(of: "answers like Clio on ") else { return false }
                    address = String(text[start.upperBound...].prefix { !$0.isWhitespace })
                    return text[start.upperBound...].contains("\n")
                }
                #expect(try await isServed(address, sandbox))
                demo.send(ending)
                let code = await demo.wait().code
                // Before the run begins, SIGTERM ends the process by itself.
                #expect(code == nil || (code == 130 && ending == SIGTERM))
                var isGone = false
                for _ in 0..<100 where !isGone {
                    isGone = try await !isServed(address, sandbox)
                    if !isGone { try await Task.sleep(for: .milliseconds(50)) }
                }
                #expect(isGone, "signal \(ending)")
            }
        }
    }

    @Test(.gate) func withoutTheSimulatorTheDemoSaysWhatIsMissingAndTouchesNothing() async throws {
        try await Sandbox.use { sandbox in
            let told = try await sandbox.tool(
                "sh",
                [
                    "-c",
                    """
                    mkdir alone && cp '\(Programs.cliosync)' alone/ && cd alone
                    PATH=/usr/bin:/bin ./cliosync demo --no-progress 2>&1; echo "exit $?"; ls
                    """,
                ])
            #expect(told.contains("error: clio-simulator: not found in "), "\(told)")
            #expect(told.hasSuffix("exit 2\ncliosync\n"), "\(told)")
        }
    }

    private func isServed(_ address: String, _ sandbox: Sandbox) async throws -> Bool {
        let status = try await sandbox.tool(
            "curl", ["-s", "-o", "/dev/null", "-w", "%{http_code}", address], mayFail: true)
        return status != "000"
    }
}
