import Foundation
import Testing

/// `auth login|status|logout`: OAuth against the simulator's end points, with curl for a browser.
@Suite(.timeLimit(.minutes(40)))
struct AuthTests {
    private static let application = [
        "CLIO_ACCESS_TOKEN": "", "CLIO_CLIENT_ID": "simulator-client", "CLIO_CLIENT_SECRET": "simulator-secret",
    ]

    private struct Login {
        let process: ChildProcess
        /// What the person is to open.
        let url: String

        /// Where the browser is to come back to.
        var callback: String {
            URLComponents(string: url)?.queryItems?.first { $0.name == "redirect_uri" }?.value ?? ""
        }
        var state: String { URLComponents(string: url)?.queryItems?.first { $0.name == "state" }?.value ?? "" }
    }

    private func login(
        _ sandbox: Sandbox, _ simulator: Simulator, _ arguments: [String] = [], settings: [String: String] = [:]
    ) async throws -> Login {
        let child = try sandbox.start(
            ["auth", "login", "--no-browser"] + arguments, simulator,
            settings: Self.application.merging(settings) { $1 })
        var url = ""
        try await poll("the address to open") {
            let said = (try? String(contentsOfFile: child.output + ".err", encoding: .utf8)) ?? ""
            url =
                said.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
                .first { $0.hasPrefix("http") } ?? ""
            return !url.isEmpty && said.contains("waiting") || !child.isRunning
        }
        return Login(process: child, url: url)
    }

    /// The login of the sandbox's folder; there is no other.
    private func path(_ sandbox: Sandbox) throws -> String {
        let root = sandbox.folder + "/config/cliosync"
        let folders = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        return "\(root)/\(folders.first { $0.count == 16 } ?? "none")/default.json"
    }

    private func tokenFile(_ sandbox: Sandbox) throws -> [String: String] {
        let data = FileManager.default.contents(atPath: try path(sandbox)) ?? Data()
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: String])
    }

    @Test(.gate) func aLoginIsUsedRenewedAndEnded() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--firm", "small", "--limit", "100000"])
            let login = try await login(sandbox, simulator)
            for word in ["response_type=code", "code_challenge_method=S256", "code_challenge=", "state="] {
                #expect(login.url.contains(word))
            }
            // A browser that looks for an icon is no answer.
            let icon = login.callback.replacing("/callback", with: "/favicon.ico")
            _ = try await sandbox.tool("curl", ["-s", "-o", "icon", icon])
            let page = try await sandbox.tool("curl", ["-sL", login.url])
            #expect(page.contains("close this window"))
            let ending = await login.process.wait()
            ending.expect(0)
            #expect(ending.stdout.contains("user "))

            let path = try path(sandbox)
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber
            #expect(mode?.intValue == 0o600)
            let first = try tokenFile(sandbox)
            let access = try #require(first["access_token"])
            let refresh = try #require(first["refresh_token"])
            #expect(first["base_url"] == simulator.address)
            #expect(first["expires_at"]?.hasSuffix("Z") == true)

            // The sync takes it from there.
            let run = try await sandbox.cliosync(
                ["run", "--phase", "core", "--entity", "practice_areas"], simulator, settings: Self.application)
            run.expect(0)

            // Expired: renewed, and the refresh token that Clio does not repeat is kept.
            try await sandbox.control(simulator, "expire")
            let status = try await sandbox.cliosync(
                ["auth", "status", "--json"], simulator, settings: Self.application)
            status.expect(0)
            let told = try #require(
                try JSONSerialization.jsonObject(with: Data(status.stdout.utf8)) as? [String: Any])
            #expect((told["user_id"] as? NSNumber)?.int64Value ?? 0 > 0)
            #expect(told["renewable"] as? Bool == true)
            let second = try tokenFile(sandbox)
            #expect(second["access_token"] != access && second["refresh_token"] == refresh)

            let renewed = try #require(second["access_token"])
            let logout = try await sandbox.cliosync(["auth", "logout"], simulator, settings: Self.application)
            logout.expect(0)
            #expect(logout.stdout.contains("revoked at \(simulator.address)"))
            #expect(!FileManager.default.fileExists(atPath: path))
            let after = try await sandbox.cliosync(
                ["auth", "status"], simulator, settings: ["CLIO_ACCESS_TOKEN": renewed])
            #expect(after.code == 4)
            #expect(after.stderr.contains("invalid_token") && after.stderr.contains("region"))
            let again = try await sandbox.cliosync(["auth", "logout"], simulator, settings: Self.application)
            #expect(again.code == 0 && again.stdout.contains("there is no login of default in this folder"))

            // Nothing of all that stands in what was said.
            for secret in [access, refresh, renewed, "simulator-secret"] {
                let found = try await sandbox.tool("sh", ["-c", "grep -rlF '\(secret)' logs staging || true"])
                #expect(found.isEmpty, "\(found)")
            }
        }
    }

    /// Whatever the process was started with: a shell starts what ends in `&` with SIGINT ignored.
    @Test(.gate, arguments: [SIGINT, SIGTERM]) func aLoginIsStoppedWhileItWaits(_ signal: Int32) async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--firm", "small"])
            let script = """
                import os, signal, subprocess, sys
                signal.signal(signal.SIGINT, signal.SIG_IGN)
                for more in [["--no-browser"], ["--paste"]]:
                    child = subprocess.Popen([sys.argv[1], "auth", "login"] + more, cwd=sys.argv[2], stdin=subprocess.PIPE,
                        stderr=subprocess.PIPE, text=True, restore_signals=False, env=dict(os.environ,
                        CLIO_BASE_URL=sys.argv[3], CLIO_CLIENT_ID="a", CLIO_CLIENT_SECRET="b", HOME=sys.argv[2]))
                    for line in child.stderr:
                        if "http" in line: break
                    child.send_signal(int(sys.argv[4]))
                    print(child.wait(60))
                """
            let codes = try await sandbox.tool(
                "python3", ["-c", script, Programs.cliosync, sandbox.folder, simulator.address, "\(signal)"])
            #expect(codes == "130\n130\n")
        }
    }

    /// Nothing that these commands need is in the home folder when the token is a variable.
    @Test(.gate) func aTokenFromAVariableNeedsNoHome() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--firm", "small"])
            let homeless = ["HOME": "", "XDG_CONFIG_HOME": ""]
            let status = try await sandbox.cliosync(
                ["auth", "status", "--no-progress"], simulator, settings: homeless)
            status.expect(0)
            #expect(status.stdout.contains("CLIO_ACCESS_TOKEN in the environment"))
            let logout = try await sandbox.cliosync(["auth", "logout"], simulator, settings: homeless)
            logout.expect(0)
            #expect(logout.stdout.contains("remove it from the environment"))
            // Which of the two wins, and how to switch.
            let login = try await sandbox.cliosync(["auth", "login", "--no-browser"], simulator)
            login.expect(2)
            #expect(
                login.stderr.contains("CLIO_CLIENT_ID")
                    && login.stderr.contains("CLIO_ACCESS_TOKEN in the environment is used"))
            let none = try await sandbox.cliosync(
                ["auth", "login", "--no-browser"], simulator, settings: Self.application.merging(homeless) { $1 })
            none.expect(2)
            #expect(none.stderr.contains("set HOME"))
        }
    }

    @Test(.gate) func aServerTakesTheAddressThatWasPasted() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--firm", "small", "--limit", "100000"])
            for what in ["address", "code"] {
                let said = try await sandbox.tool(
                    "bash", [Programs.script("paste.sh"), Programs.cliosync, simulator.address, what])
                #expect(said.contains("user "), "\(said)")
                #expect(try tokenFile(sandbox)["refresh_token"] != nil)
            }
        }
    }

    @Test(.gate) func everyFailureSaysWhatToDo() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--firm", "small", "--limit", "100000"])
            func answer(
                _ code: Int32, _ words: String, _ arguments: [String] = [], settings: [String: String] = [:],
                _ browser: (Login) async throws -> Void = { _ in }
            ) async throws {
                let login = try await login(sandbox, simulator, arguments, settings: settings)
                try await browser(login)
                let ending = await login.process.wait()
                #expect(ending.code == code, "\(ending.stderr)")
                #expect(ending.stderr.contains(words), "\(ending.stderr)")
                #expect(!FileManager.default.fileExists(atPath: try path(sandbox)))
            }
            func come(_ login: Login, _ query: String) async throws {
                _ = try await sandbox.tool("curl", ["-s", "-o", "page", "\(login.callback)?\(query)"])
            }
            try await answer(1, "access was denied") { try await come($0, "error=access_denied&state=\($0.state)") }
            try await answer(1, "state differs") { try await come($0, "code=stolen&state=another") }
            try await answer(1, "state differs") { try await come($0, "code=stolen") }
            try await answer(1, "holds no code") { try await come($0, "state=\($0.state)") }
            try await answer(4, "does not accept the code") { try await come($0, "code=guess&state=\($0.state)") }
            try await answer(4, "CLIO_CLIENT_SECRET", settings: ["CLIO_CLIENT_SECRET": "wrong"]) {
                _ = try await sandbox.tool("curl", ["-sL", "-o", "page", $0.url])
            }
            try await answer(1, "no answer from the browser", ["--timeout", "1"])
            try await answer(2, "CLIO_CLIENT_ID", settings: ["CLIO_CLIENT_ID": ""])
            let port = try #require(URLComponents(string: simulator.address)?.port)
            try await answer(2, "port \(port) is taken", ["--port", "\(port)"])
        }
    }
}
