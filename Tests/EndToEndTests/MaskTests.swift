import Foundation
import Testing

/// A masked value is in no file and no table of the firm.
@Suite(.timeLimit(.minutes(40)))
struct MaskTests {
    @Test(.gate) func aMaskedValueIsInNoFileAndNoTable() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--firm", "small", "--limit", "100000"])
            try await sandbox.cliosync(["run", "--phase", "core"], simulator).expect(0)
            let find =
                "SELECT date_of_birth, number FROM contacts JOIN contact_phone_numbers ON contact_id = contacts.id "
                + "WHERE date_of_birth IS NOT NULL AND number IS NOT NULL LIMIT 1"
            let plain = try await sandbox.tool("sqlite3", ["databases/default.sqlite", find])
            let values = plain.split(whereSeparator: { $0 == "|" || $0 == "\n" }).map(String.init)
            try #require(values.count == 2)

            let path = sandbox.folder + "/pipelines/core.yaml"
            var text = try String(contentsOfFile: path, encoding: .utf8)
            text = text.replacing(
                "date_of_birth: {type: date, range: {min: 1800-01-01, max: 2200-12-31}}",
                with: "date_of_birth: {type: date, mask: drop}")
            for name in ["primary", "secondary"] {
                text = text.replacing(
                    "        \(name)_phone_number: text",
                    with: "        \(name)_phone_number: {type: text, mask: sha256}")
            }
            text = text.replacing(
                "primary_phone_number: {type: text, description:",
                with: "primary_phone_number: {type: text, mask: sha256, description:")
            text = text.replacing("primary_email_address, primary_phone_number]", with: "primary_email_address]")
            text = text.replacing(
                "            number: text\n", with: "            number: {type: text, mask: sha256}\n")
            try text.write(toFile: path, atomically: true, encoding: .utf8)

            // What was fetched before is plain, and said to be.
            let transform = try await sandbox.cliosync(["transform", "--phase", "core"], nil)
            #expect(transform.code != 0)
            #expect(transform.stderr.contains("date_of_birth drop") && transform.stderr.contains("--force`"))
            let check = try await sandbox.cliosync(["staged", "check", "--phase", "core"], nil)
            check.expect(3)
            #expect(check.stdout.contains("raw/matters: was fetched before these masks and holds plain values"))

            try await sandbox.cliosync(["run", "--phase", "core", "--force"], simulator).expect(0)
            try await sandbox.cliosync(["staged", "check", "--phase", "core"], nil).expect(0)
            try await sandbox.cliosync(["staged", "prune"], nil).expect(0)
            let staged = try await sandbox.tool(
                "sh", ["-c", "find -L staging -name '*.gz' -exec zcat {} + | cat; cat staging/default/mask.key"])
            for value in values { #expect(!staged.contains("\"\(value)\"")) }
            try await sandbox.cliosync(["export", "copy.sqlite"], nil).expect(0)
            let dump = try await sandbox.tool("sqlite3", ["copy.sqlite", ".dump"])
            for value in values { #expect(!dump.contains("'\(value)'")) }
            // Equal values have equal hashes, so that they can be joined.
            let joined = try await sandbox.tool(
                "sqlite3",
                [
                    "copy.sqlite",
                    "SELECT count(*), min(length(number)) FROM contacts JOIN contact_phone_numbers AS n "
                        + "ON n.contact_id = contacts.id AND n.position = 1 AND n.number = primary_phone_number",
                ])
            #expect(joined.hasSuffix("|64\n") && !joined.hasPrefix("0|"))
        }
    }
}
