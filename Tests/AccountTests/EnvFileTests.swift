import Bytes
import Foundation
import Testing

@testable import Account

/// `.env` files as editors save them, and names that are none.
@Suite struct EnvFileTests {
    private func settings(_ bytes: [UInt8], _ environment: [String: String] = [:]) throws -> Settings {
        let path = NSTemporaryDirectory() + "/env-\(UUID().uuidString)/.env"
        let folder = (path as NSString).deletingLastPathComponent
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try Settings(environment: environment, envFile: path)
    }

    private func settings(_ text: String, _ environment: [String: String] = [:]) throws -> Settings {
        try settings(Array(text.utf8), environment)
    }

    private static let lines = ["# firm", "CLIO_REGION=eu", "CLIO_ACCESS_TOKEN=abc", "SYNC_RATE_LIMIT_BURST=7", ""]

    private static func utf16(_ text: String, big: Bool, mark: Bool) -> [UInt8] {
        ((mark ? "\u{FEFF}" : "") + text).utf16.flatMap { unit in
            big ? [UInt8(unit >> 8), UInt8(unit & 0xFF)] : [UInt8(unit & 0xFF), UInt8(unit >> 8)]
        }
    }

    private static func utf32(_ text: String, big: Bool, mark: Bool) -> [UInt8] {
        ((mark ? "\u{FEFF}" : "") + text).unicodeScalars.flatMap { scalar in
            let bytes = (0..<4).map { UInt8(scalar.value >> (8 * UInt32($0)) & 0xFF) }
            return big ? bytes.reversed() : bytes
        }
    }

    private static let saved: [[UInt8]] = [
        Array(lines.joined(separator: "\n").utf8), Array(lines.joined(separator: "\r\n").utf8),
        Array(lines.joined(separator: "\r").utf8), [0xEF, 0xBB, 0xBF] + Array(lines.joined(separator: "\r\n").utf8),
        [0xEF, 0xBB, 0xBF] + Array("CLIO_REGION=eu\nCLIO_ACCESS_TOKEN=abc\nSYNC_RATE_LIMIT_BURST=7".utf8),
        utf16(lines.joined(separator: "\r\n"), big: false, mark: true),
        utf16(lines.joined(separator: "\n"), big: true, mark: true),
        utf16(lines.joined(separator: "\r\n"), big: false, mark: false),
        utf32(lines.joined(separator: "\r\n"), big: false, mark: true),
        utf32(lines.joined(separator: "\n"), big: true, mark: false),
        [0xEF, 0xBB, 0xBF]
            + Array(
                "export CLIO_REGION=\" eu \"\r\nexport CLIO_ACCESS_TOKEN='abc'\r\nSYNC_RATE_LIMIT_BURST=\"7\"\r\n".utf8),
        Array(
            "\texport CLIO_REGION\t=\teu\t# region\n export\tCLIO_ACCESS_TOKEN=\"abc\" # token\nSYNC_RATE_LIMIT_BURST='7'  "
                .utf8),
    ]

    @Test(arguments: saved.indices)
    func whateverEditorSavedItTheSettingsAreRead(_ index: Int) throws {
        let settings = try settings(Self.saved[index])
        #expect(settings.baseURL == "https://eu.app.clio.com")
        #expect(settings.accessToken == "abc")
        #expect(settings.burst == 7)
    }

    @Test(arguments: [
        (#""a\"b\\c$d""#, #"a"b\c$d"#), (#"'a\"b'"#, #"a\"b"#), ("a#b", "a#b"), ("a b\t# comment", "a b"),
        (#""a # b""#, "a # b"), (#""a\nb""#, "a\nb"), ("=", "="), ("\u{A0}abc\u{A0}", "abc"),
    ])
    func valuesAreReadAsAShellWould(_ written: String, _ value: String) throws {
        #expect(try settings("CLIO_CLIENT_SECRET=\(written)\n").clientSecret == value)
    }

    @Test(arguments: ["# only a comment", "\"\"", "''", "", "   "])
    func anEmptyValueIsNone(_ written: String) throws {
        #expect(try settings("CLIO_CLIENT_SECRET= \(written)\n").clientSecret == nil)
    }

    @Test(arguments: [
        ("CLIO_CLIENT_ID=\"a\" b", "more text"), ("CLIO_CLIENT_ID=“a”", "curly"), ("CLIO_CLIENT_ID=\"a", "not closed"),
        ("CLIO_CLIENT_ID", "NAME=value"), ("set CLIO_REGION=eu", "only `export`"),
        ("$env:CLIO_REGION=\"eu\"", "letters, digits and _"), ("declare -x CLIO_REGION=eu", "only `export`"),
        ("СLIO_REGION=eu", "letters, digits and _"), ("CLIO_ACCESS_TOKEN=a\u{0}b", "NUL"),
    ])
    func whatCannotBeReadIsNamedWithItsLine(_ line: String, _ words: String) {
        let error = #expect(throws: ConfigurationError.self) { try settings("\r\n\(line)\r\n") }
        #expect(error?.description.contains("/.env:2: ") == true)
        #expect(error?.description.contains(words) == true)
    }

    @Test(arguments: [
        ("CLIO_REGON", "unknown setting CLIO_REGON; did you mean CLIO_REGION?"),
        ("CLIO_TOKEN", "unknown setting CLIO_TOKEN"),
        ("clio_region", "unknown setting clio_region; did you mean CLIO_REGION?"),
        ("SYNC_QUOTA_SHAR", "unknown setting SYNC_QUOTA_SHAR; did you mean SYNC_QUOTA_SHARE?"),
        ("XCLIO_REGION", "unknown setting XCLIO_REGION; did you mean CLIO_REGION?"),
        ("CLI_REGION", "unknown setting CLI_REGION; did you mean CLIO_REGION?"),
        ("SYNC_WINDOWS", "unknown setting SYNC_WINDOWS; did you mean SYNC_WINDOW?"),
    ])
    func aWrongNameIsAnErrorInTheFileAndAWarningInTheEnvironment(_ name: String, _ words: String) throws {
        let error = #expect(throws: ConfigurationError.self) { try settings("\(name)=eu\n") }
        #expect(error?.description.contains("/.env:1: \(words)") == true)
        guard name == name.uppercased(), name.hasPrefix("CLIO_") || name.hasPrefix("SYNC_") else { return }
        #expect(try settings("", [name: "x"]).warnings.count == 1)
    }

    @Test func whatIsNotOursIsLeftAlone() throws {
        let read = try settings(
            "DATABASE_URL=x\nREGION=1\n",
            ["PATH": "/bin", "CLIOSYNC_FUZZ_SECONDS": "1", "HTTPS_PROXY": "http://proxy"])
        #expect(read.warnings.isEmpty)
    }

    @Test(arguments: ["HTTPS_PROXY", "no_proxy", "CURL_CA_BUNDLE", "SSL_CERT_DIR"])
    func aVariableThatOnlyTheEnvironmentCanGiveIsNoLineOfTheFile(_ name: String) {
        let error = #expect(throws: ConfigurationError.self) { try settings("\(name)=x\n") }
        #expect(error?.description.contains("/.env:1: \(name) counts only in the environment") == true)
    }

    @Test func aVariableThatIsEmptyHidesNothing() throws {
        let read = try settings(
            "CLIO_REGION=eu\nCLIO_ACCESS_TOKEN=abc\n", ["CLIO_REGION": "", "CLIO_ACCESS_TOKEN": " ", "SYNC_WINDOW": ""])
        #expect(read.baseURL == "https://eu.app.clio.com")
        #expect(read.accessToken == "abc")
        #expect(read.window == nil)
    }

    @Test func aWrongRegionIsAnErrorBesideABaseURL() {
        #expect(throws: ConfigurationError.self) {
            try settings("CLIO_REGION=usa\nCLIO_BASE_URL=https://clio.example\n")
        }
    }

    /// A file that cannot be read does not count as one that is not there.
    @Test func aFileThatCannotBeReadIsAnError() throws {
        let folder = NSTemporaryDirectory() + "/env-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createSymbolicLink(atPath: folder + "/link", withDestinationPath: "nowhere")
        try Data([0x41, 0x3D, 0x31, 10, 0x42, 0x3D, 0xFC, 10]).write(to: URL(fileURLWithPath: folder + "/latin1"))
        for (path, says) in [
            (folder, "is a folder"), (folder + "/link", "symbolic link to a file that is not there"),
            (folder + "/latin1", "/latin1:2: is no UTF-8 text"), ("/dev/zero", "is far larger"),
        ] {
            let error = #expect(throws: ConfigurationError.self) { try EnvFile.read(path) }
            #expect(error?.description.contains(says) == true, "\(path): \(error?.description ?? "")")
        }
        #expect(try EnvFile.read(folder + "/gone") == nil)
    }
}
