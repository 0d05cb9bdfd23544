import Foundation
import Testing

/// `make install` and `make uninstall`, and the installed program in any folder.
@Suite(.timeLimit(.minutes(40)))
struct InstallTests {
    @Test(.gate) func whatIsInstalledWorksAnywhereAndGoesAgain() async throws {
        try await Sandbox.use { sandbox in
            let place = sandbox.folder + "/usr"
            let make = [
                "-s", "-C", Programs.repository, "PREFIX=\(place)",
                "BIN=\((Programs.cliosync as NSString).deletingLastPathComponent)",
            ]
            // Nothing is built here: this is often root's, whose files would be in the way of later builds.
            let refused = try await sandbox.tool(
                "sh", ["-c", "make \"$@\" BIN=\(place)/nothing install 2>&1 || echo refused", "sh"] + make)
            #expect(refused.contains("run make build first") && refused.contains("refused"), "\(refused)")
            #expect(!FileManager.default.fileExists(atPath: place))
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

            try await completionsOfOtherShells(sandbox)

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
                    # Nothing but a demo is in a folder: what it suggests works all the same.
                    mkdir bare && cd bare && cliosync demo --firm small --latency 0 --no-progress && cliosync status
                    cliosync staged stats --connection demo --entity matters && cliosync review ls --connection demo
                    """,
                ])
            _ = try await sandbox.tool("make", make + ["uninstall"])
            let left = try await sandbox.tool("find", ["usr", "-type", "f"])
            #expect(left.isEmpty, "\(left)")
        }
    }

    /// Zsh and fish load theirs; values that are there at the moment are offered.
    private func completionsOfOtherShells(_ sandbox: Sandbox) async throws {
        func words(_ output: String) -> [String] {
            output.split(separator: "\n").map { String($0.split(separator: "\t")[0]) }
        }
        let zsh = try await sandbox.tool(
            "zsh",
            [
                "-f", "-c",
                """
                fpath=($PWD/usr/share/zsh/site-functions $fpath)
                autoload -Uz compinit && compinit -D -u
                for program in cliosync clio-simulator; do echo ${_comps[$program]}; autoload +X ${_comps[$program]}; done
                """,
            ])
        #expect(words(zsh) == ["_cliosync", "_clio-simulator"])
        for (line, expected) in [
            ("cliosync ru", ["run"]), ("cliosync run --ph", ["--phase"]),
            ("cliosync staged cat --layer ", ["raw", "clean", "flagged"]), ("cliosync init --region e", ["eu"]),
            ("clio-simulator --fir", ["--firm"]),
        ] {
            let fish = try await sandbox.tool(
                "fish",
                [
                    "-N", "-c",
                    "for file in usr/share/fish/vendor_completions.d/*; source $file; end; complete -C '\(line)'",
                ])
            #expect(words(fish) == expected, "\(line)")
        }

        // The shells ask the program for what is there now: fish and zsh do it like this.
        try sandbox.write("", to: "connections/smith.env")
        try sandbox.write("", to: "staging/jones/other")
        func ask(_ option: String, _ line: String...) async throws -> [String] {
            let question = ["---completion", "run", "--", option, "\(line.count)", "0", "cliosync", "run"]
            let text = try await sandbox.tool(
                "env", ["SAP_SHELL=zsh", "\(sandbox.folder)/usr/bin/cliosync"] + question + line + [""])
            return text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
        }
        let connections = try await ask("--connection", "--connection")
        #expect(connections.contains("smith") && !connections.contains("jones"))
        #expect(try await ask("--phase", "--phase") == ["core", "supporting", "historical", "extended", "billing"])
        let entities = try await ask("--entity", "--phase", "historical", "--entity")
        #expect(entities == ["documents", "time_entries"])
    }
}
