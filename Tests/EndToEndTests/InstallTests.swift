import Foundation
import Testing

/// `make install` and `make uninstall`, and the installed program in a folder of anybody's.
@Suite(.timeLimit(.minutes(10)))
struct InstallTests {
    @Test func whatIsInstalledWorksAnywhereAndGoesAgain() async throws {
        try await Sandbox.use { sandbox in
            let place = sandbox.folder + "/usr"
            let make = [
                // What is under test is built already.
                "-s", "-C", Programs.repository, "-o", "build", "PREFIX=\(place)",
                "BIN=\((Programs.cliosync as NSString).deletingLastPathComponent)",
            ]
            _ = try await sandbox.tool("make", make + ["install"])
            let files = try await sandbox.tool("sh", ["-c", "cd usr && find . -type f | sort"])
            for file in [
                "bin/cliosync", "bin/clio-simulator", "share/man/man1/cliosync.1", "share/man/man1/clio-simulator.1",
                "share/bash-completion/completions/cliosync", "share/zsh/site-functions/_cliosync",
                "share/fish/vendor_completions.d/cliosync.fish", "share/cliosync/pipelines/core.yaml",
            ] { #expect(files.contains("./\(file)\n"), "\(file)") }

            // Bash takes its completions, and they know the commands.
            let completed = try await sandbox.tool(
                "bash",
                [
                    "-c",
                    """
                    source usr/share/bash-completion/completions/cliosync
                    COMP_WORDS=(cliosync do) COMP_CWORD=1
                    $(complete -p cliosync | sed 's/.*-F \\([^ ]*\\).*/\\1/') cliosync do cliosync
                    echo "${COMPREPLY[@]}"
                    """,
                ])
            #expect(completed.trimmingCharacters(in: .whitespacesAndNewlines) == "doctor", "\(completed)")

            // From an empty folder: starter files, then everything that needs no Clio.
            _ = try await sandbox.tool(
                "sh",
                [
                    "-ec",
                    """
                    mkdir elsewhere && cd elsewhere && export PATH="$PWD/../usr/bin:$PATH" HOME="$PWD"
                    cliosync init && test -f pipelines/core.yaml
                    cliosync transform --help && cliosync --version
                    cliosync demo --firm small --latency 0 --no-progress && cliosync status --connection demo
                    """,
                ])
            _ = try await sandbox.tool("make", make + ["uninstall"])
            let left = try await sandbox.tool("find", ["usr", "-type", "f"])
            #expect(left.isEmpty, "\(left)")
        }
    }
}
