import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// docs/runbook.md, chapter by chapter, as it is written there. What needs root runs in `Tests/Package/inside`.
@Suite(.serialized, .timeLimit(.minutes(40)))
struct RunbookTests {
    private let page: DocumentBlocks

    init() throws { page = try DocumentBlocks("docs/runbook.md") }

    /// A project folder with the firm, the tools that the page's commands need, and the simulated Clio of it.
    private struct Site {
        let sandbox: Sandbox
        let clio: Simulator

        /// Runs a block as a person would type it.
        /// - Parameter edit: what is done in an editor to the file that is opened.
        func run(_ text: String, edit: String = "false", in folder: String = "cliosync") async throws {
            try sandbox.write(text, to: "block.sh")
            try sandbox.write(edit + "\n", to: "edit.sh")
            let place = sandbox.folder
            let bin = (Programs.cliosync as NSString).deletingLastPathComponent
            _ = try await sandbox.tool(
                "env",
                [
                    "-i", "-C", "\(place)/\(folder)", "PATH=\(place)/tools:\(bin):/usr/bin:/bin", "LANG=C.UTF-8",
                    "HOME=\(place)/home", "XDG_RUNTIME_DIR=\(place)/runtime", "EDITOR=\(place)/tools/editor",
                    "BROWSER=yes", "UNITS=\(Programs.repository)/packaging/systemd", "NEW_SERVER=\(place)/new",
                    "bash", "-euo", "pipefail", "\(place)/block.sh",
                ])
        }

        /// A new access token of the firm's login at Clio.
        func newToken() async throws -> String {
            let answer = try await sandbox.tool(
                "curl",
                [
                    "-sS", "\(clio.address)/oauth/token", "-d", "grant_type=refresh_token", "-d",
                    "refresh_token=simulator-refresh-token", "-d", "client_id=simulator-client", "-d",
                    "client_secret=simulator-secret",
                ])
            let parsed = try JSONSerialization.jsonObject(with: Data(answer.utf8)) as? [String: Any]
            return try #require(parsed?["access_token"] as? String)
        }

        func digests() async throws -> [String: String] {
            try await sandbox.digests("cliosync/databases/smith.sqlite")
        }
    }

    private static let tools = [
        "sudo": "exec \"$@\"", "editor": "exec sh -eu \"$(dirname \"$0\")/../edit.sh\" \"$1\"",
        // A person who allows access.
        "xdg-open": "curl -sSL \"$1\" >/dev/null",
        // Nothing is started here, but each unit must be one of ours.
        "systemctl": """
        for word; do case $word in cliosync*)
            unit=$(echo "$word" | sed 's/@.*\\./@./'); ls "$UNITS/$unit" "$UNITS/$unit.in" 2>/dev/null | grep -q . ;;
        esac; done
        """,
        "ssh": "mkdir -p \"$NEW_SERVER\" && cd \"$NEW_SERVER\" && exec sh -c \"$2\"",
    ]

    private func site(_ body: (Site) async throws -> Void) async throws {
        try await Sandbox.use { sandbox in
            for (name, text) in Self.tools {
                try sandbox.write("#!/bin/sh\nset -eu\n\(text)\n", to: "tools/\(name)")
                chmod("\(sandbox.folder)/tools/\(name)", 0o755)
            }
            let clio = try await sandbox.simulator(["--firm", "small", "--limit", "100000"])
            try sandbox.write(
                "CLIO_BASE_URL=\(clio.address)\nCLIO_ACCESS_TOKEN=\(Simulator.token)\n",
                to: "cliosync/connections/smith.env")
            try sandbox.write(
                "CLIO_CLIENT_ID=simulator-client\nCLIO_CLIENT_SECRET=simulator-secret\n", to: "cliosync/.env")
            let site = Site(sandbox: sandbox, clio: clio)
            try await site.run("cliosync init && cliosync run --connection smith --no-progress")
            try await body(site)
        }
    }

    /// The blocks of a chapter, which has so many.
    private func blocks(_ heading: String, _ count: Int, kind: String = "sh") throws -> [String] {
        let found = page.of(heading, kind: kind).map(\.text)
        try #require(found.count == count, "\(heading)")
        return found
    }

    @Test(.gate) func everyBlockIsRunByATest() throws {
        let kinds = Dictionary(grouping: page.blocks, by: \.kind).mapValues(\.count)
        #expect(kinds == ["sh": 17, "sh server": 5, "sh new-server": 1])
    }

    @Test(.deep(.commands)) func backUpAndRestore() async throws {
        let blocks = try blocks("Back up and restore", 2)
        try await site { site in
            let before = try await site.digests()
            try await site.run(blocks[0])
            try await site.run(blocks[1])
            #expect(try await site.digests() == before)
            // The staged files alone are enough.
            try await site.run("rm backups/smith.sqlite && sed -i /smith.sqlite/d backups/smith.sha256")
            try await site.run(blocks[1].replacing(" && cp backups/smith.sqlite databases/smith.sqlite", with: ""))
            #expect(try await site.digests() == before)
            // A sync that is under way is waited for.
            let archive = blocks[0].split(separator: "\n").first { $0.hasPrefix("flock") }?.replacing(
                "--timeout 60", with: "--timeout 0")
            try await site.run(
                """
                flock --shared staging/smith/.run.lock sleep 30 & holder=$!
                until ! flock --nonblock staging/smith/.run.lock true; do sleep 0.05; done
                \(try #require(archive)) && exit 1
                kill $holder
                """)
        }
    }

    @Test(.deep(.commands)) func moveAFirmToAnotherMachine() async throws {
        let old = try blocks("Move a firm to another machine", 2)
        let new = try blocks("Move a firm to another machine", 1, kind: "sh new-server")
        try await site { site in
            let before = try await site.digests()
            try await site.run(old[0])
            try await site.run(new[0], in: "new")
            try await site.run(old[1])
            let left = try await site.sandbox.tool(
                "sh", ["-c", "cd cliosync && find . -iname '*smith*' ! -path './receipts/*' -o -name moved.sqlite"])
            #expect(left.isEmpty, "\(left)")
            // The consent is in use.
            try await site.run("cliosync refresh --connection smith", in: "new/cliosync")
            #expect(try await site.sandbox.digests("new/cliosync/databases/smith.sqlite") == before)
        }
    }

    @Test(.deep(.commands)) func rotateTokensAndSecrets() async throws {
        let blocks = try blocks("Rotate tokens and secrets", 3)
        try await site { site in
            let token = try await site.newToken()
            try await site.sandbox.control(site.clio, "expire?token=\(Simulator.token)")
            try await site.run(blocks[0], edit: "sed -i 's/^CLIO_ACCESS_TOKEN=.*/CLIO_ACCESS_TOKEN=\(token)/' \"$1\"")
            // A firm with a login has no token in its file.
            try await site.run("sed -i /CLIO_ACCESS_TOKEN/d connections/smith.env")
            try await site.run(blocks[1])
            try await site.run(
                blocks[2], edit: "sed -i 's/^CLIO_CLIENT_SECRET=.*/CLIO_CLIENT_SECRET=\"simulator-secret\"/' \"$1\"")
        }
    }

    @Test(.deep(.commands)) func planTheDisk() async throws {
        let blocks = try blocks("Plan the disk", 2)
        try await site { site in
            try await site.run(blocks[0])
            let before = try await site.digests()
            try await site.run(blocks[1])
            #expect(try await site.digests() == before)
        }
    }

    @Test(.deep(.commands)) func whenSomethingIsWrong() async throws {
        let look = page.blocks.first { $0.headings.last == "When something is wrong" }?.text ?? "false"
        func block(_ heading: String) throws -> String { try blocks(heading, 1)[0] }
        try await site { site in
            // How many counts come before the first page of a run.
            let counts = try site.clio.requests().filter { $0.query["limit"] == "1" }.count
            let before = try await site.digests()
            try await site.sandbox.control(site.clio, "expire")
            try await site.run("cliosync refresh --connection smith --no-progress && exit 1 || [ $? = 4 ]")
            try await site.run(look)
            let token = try await site.newToken()
            try await site.run("sed -i 's/^CLIO_ACCESS_TOKEN=.*/CLIO_ACCESS_TOKEN=\(token)/' connections/smith.env")
            try await site.run(try block("Paused for a person (exit code 4)"))

            try await site.sandbox.control(site.clio, "hold?value=\(counts + 6)")
            try await site.run(
                """
                cliosync run --force --connection smith --no-progress & run=$!
                until [ "$(find staging/smith -newer ../edit.sh -name '*.ndjson.gz' | wc -l)" -ge 2 ]; do sleep 0.05; done
                kill -9 $run
                """)
            try await site.sandbox.control(site.clio, "hold?value=-1")
            try await site.run(try block("The process is gone"))
            #expect(try await site.digests() == before)

            try await site.run("printf damage | dd of=databases/smith.sqlite bs=1 seek=100000 conv=notrunc 2>/dev/null")
            try await site.run(try block("The database is damaged or lost"))
            #expect(try await site.digests() == before)

            try await site.run("truncate -s -9 \"$(ls staging/smith/core/raw/matters/*.ndjson.gz | head -1)\"")
            try await site.run(try block("A staged file is damaged or lost"))
            #expect(try await site.digests() == before)

            try await site.run("sed -i /CLIO_ACCESS_TOKEN/d connections/smith.env")
            try await site.run("cliosync auth login --connection smith --port 8765")
            try await site.run(try block("A token is in the wrong hands"))
            try await site.run(try block("A number is not as expected"))

            try await site.run(try block("Ask for help"))
            let leaks = try await site.sandbox.tool(
                "sh",
                [
                    "-c",
                    """
                    cd cliosync/incident && ls version.txt status.json history.json settings.json check.json doctor.json >/dev/null
                    python3 '\(Programs.script("leaks.py"))' ../databases/smith.sqlite *
                    ! grep -rlE '\(Simulator.token)|\(token)|simulator-secret|simulator-refresh' .
                    """,
                ])
            #expect(leaks.contains(" 0 found"), "\(leaks)")
        }
    }
}
