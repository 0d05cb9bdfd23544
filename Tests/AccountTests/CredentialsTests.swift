import Bytes
import Extract
import Foundation
import Progress
import Staging
import Testing

@testable import Account

/// Which tokens a run uses, and where they come from: one source, never two.
@Suite(.timeLimit(.minutes(5))) final class CredentialsTests {
    private let folder = NSTemporaryDirectory() + "/credentials-\(UUID().uuidString)"
    private var files: LoginFiles {
        get throws { try #require(LoginFiles(environment: ["HOME": folder], project: "/p")) }
    }

    init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func settings(
        _ environment: [String: String], env: String = "", own: String = "", tokens: Settings.TokenSources = .all
    ) throws -> Settings {
        let (shared, firm) = (folder + "/.env", folder + "/smith.env")
        try Data(env.utf8).write(to: URL(fileURLWithPath: shared))
        try Data(own.utf8).write(to: URL(fileURLWithPath: firm))
        return try Settings(environment: environment, envFile: shared, connectionFile: firm, tokens: tokens)
    }

    private func logIn(_ connection: String = "default", project: String = "/p", access: String = "stored") throws {
        let files = try #require(LoginFiles(environment: ["HOME": folder], project: project))
        try TokenFile(
            accessToken: access, refreshToken: "its-refresh", expiresAt: nil, baseURL: "https://app.clio.com",
            folder: project
        ).write(to: files.login(connection))
    }

    @Test func aWrongTokenIsNotReplacedByAStoredLogin() throws {
        try logIn()
        let chosen = try Credentials(settings(["CLIO_ACCESS_TOKEN": "wrong"]), connection: "default", files: files)
        #expect(chosen.accessToken == "wrong" && chosen.refreshToken == nil && chosen.file == nil)
        #expect(chosen.source == .variable("the environment") && chosen.remedy.contains("CLIO_ACCESS_TOKEN"))
        #expect(!chosen.remedy.contains("auth login"))
        // Set but empty is not set.
        let login = try Credentials(settings(["CLIO_ACCESS_TOKEN": ""]), connection: "default", files: files)
        #expect(login.accessToken == "stored" && login.remedy.contains("cliosync auth login"))
    }

    /// What `status` knows of a token: when it ends, as Clio said at the login, and whether a person must see to it.
    @Test func theEndOfALoginIsTheOneThatClioNamed() throws {
        try logIn()
        func present(_ variables: [String: String]) throws -> PresentToken {
            PresentToken(try Credentials(settings(variables), connection: "default", files: files))
        }
        let application = ["CLIO_CLIENT_ID": "i", "CLIO_CLIENT_SECRET": "s"]
        let token = try present(application)
        #expect(token.isLogin && token.isRenewable && token.expiresAt == nil)
        #expect(try !present([:]).isRenewable)
        try TokenFile(
            accessToken: "renewed", refreshToken: "its-refresh", expiresAt: "2026-12-24T10:00:00Z",
            baseURL: "https://app.clio.com", mark: token.mark
        ).write(to: files.login("default"))
        #expect(try present(application).expiresAt == "2026-12-24T10:00:00Z")
        #expect(try present(application).mark == token.mark)
        let variable = try present(["CLIO_ACCESS_TOKEN": "a"])
        #expect(!variable.isLogin && !variable.isRenewable && variable.expiresAt == nil && variable.mark != token.mark)
    }

    @Test func aRefreshTokenBelongsToTheAccessTokenBesideIt() throws {
        try logIn()
        // A login is not renewed with a variable, and a variable is not ignored for a login.
        for lone in try [
            settings(["CLIO_REFRESH_TOKEN": "other"]), settings([:], env: "CLIO_REFRESH_TOKEN=other\n"),
            settings(["CLIO_ACCESS_TOKEN": " "], own: "CLIO_REFRESH_TOKEN=other\n"),
        ] {
            let error = #expect(throws: ConfigurationError.self) {
                try Credentials(lone, connection: "default", files: files)
            }
            #expect(error?.description.contains("has CLIO_REFRESH_TOKEN and no CLIO_ACCESS_TOKEN") == true)
            #expect(error?.description.contains("auth login") == true)
        }
        // A variable is not renewed with that of another file.
        let two = try settings(["CLIO_ACCESS_TOKEN": "a"], env: "CLIO_REFRESH_TOKEN=file\n")
        let words = "CLIO_REFRESH_TOKEN is not used: the access token is from the environment"
        #expect(two.warnings.contains { $0.contains(words) })
        let mixed = try Credentials(two, connection: "default", files: files)
        #expect(mixed.accessToken == "a" && mixed.refreshToken == nil)
        let pair = try Credentials(
            settings([:], env: "CLIO_ACCESS_TOKEN=a\nCLIO_REFRESH_TOKEN=r\n"), connection: "default", files: files)
        #expect(pair.refreshToken == "r" && pair.origin.hasSuffix(".env"))
        let own = try Credentials(
            settings(["CLIO_ACCESS_TOKEN": "e"], own: "CLIO_ACCESS_TOKEN=s\n"), connection: "smith", files: files)
        #expect(own.accessToken == "s" && own.origin.hasSuffix("smith.env"))
    }

    @Test func aRenewedTokenIsKeptForExactlyTheVariablesThatItReplaces() throws {
        let settings = try settings(["CLIO_ACCESS_TOKEN": "a", "CLIO_REFRESH_TOKEN": "r"])
        let first = try Credentials(settings, connection: "default", files: files)
        let file = try #require(first.file)
        #expect(try file != files.login("default"))
        try TokenFile(accessToken: "a2", refreshToken: "r2", expiresAt: nil, baseURL: first.baseURL).write(to: file)
        let again = try Credentials(settings, connection: "default", files: files)
        #expect(again.accessToken == "a2" && again.refreshToken == "r2")
        // A new value begins anew, and so does another pair.
        for values in [
            ["CLIO_ACCESS_TOKEN": "b", "CLIO_REFRESH_TOKEN": "r"],
            ["CLIO_ACCESS_TOKEN": "a", "CLIO_REFRESH_TOKEN": "q"],
            ["CLIO_ACCESS_TOKEN": "a"],
        ] {
            let other = try Credentials(self.settings(values), connection: "default", files: files)
            #expect(other.accessToken == values["CLIO_ACCESS_TOKEN"])
            #expect(other.file != file)
        }
    }

    @Test func aLoginBelongsToItsProjectFolderAndConnection() throws {
        try logIn(project: "/elsewhere")
        try logIn("jones")
        // One that an earlier version shared between all folders.
        try TokenFile(accessToken: "old", refreshToken: nil, expiresAt: nil, baseURL: "https://app.clio.com")
            .write(to: files.earlierLogin("default"))
        let error = #expect(throws: ConfigurationError.self) {
            try Credentials(settings([:]), connection: "default", files: files)
        }
        #expect(error?.description.contains("earlier version") == true)
        #expect(error?.description.contains("cliosync auth login") == true)
        #expect(throws: ConfigurationError.self) { try Credentials(settings([:]), connection: "smith", files: files) }
        #expect(try Credentials(settings([:]), connection: "jones", files: files).accessToken == "stored")
        #expect(try files.connections() == ["jones"])
    }

    /// The token in `.env` is that of `default`: a typing error must not send it for another firm.
    @Test func anotherConnectionDoesNotTakeTheTokenOfTheEnvFile() throws {
        let path = folder + "/shared.env"
        try Data("CLIO_ACCESS_TOKEN=a\n".utf8).write(to: URL(fileURLWithPath: path))
        func settings(_ connection: String, environment: [String: String] = [:]) throws -> Settings {
            try Connections.settings(connection, envFile: path, environment: environment, staging: folder)
        }
        #expect(try Credentials(settings("default"), connection: "default", files: files).accessToken == "a")
        let error = #expect(throws: ConfigurationError.self) {
            try Credentials(settings("zed"), connection: "zed", files: files)
        }
        #expect(error?.description.contains("connections/zed.env") == true)
        #expect(error?.description.contains("shared.env is that of the connection default") == true)
        // A variable in the environment is meant for this command.
        let named = try settings("zed", environment: ["CLIO_ACCESS_TOKEN": "b"])
        #expect(try Credentials(named, connection: "zed", files: files).accessToken == "b")
        // An earlier version did take it, and what it fetched is here.
        try FileManager.default.createDirectory(atPath: folder + "/zed", withIntermediateDirectories: true)
        #expect(try Credentials(settings("zed"), connection: "zed", files: files).accessToken == "a")
    }

    @Test func aMistypedConnectionIsNamed() {
        #expect(Connections.hint("smiht", among: ["jones", "smith"]) == "; did you mean --connection smith?")
        #expect(Connections.hint("zed", among: ["jones", "smith"]) == "; this folder defines jones, smith")
        #expect(Connections.hint("zed", among: []).isEmpty)
    }

    @Test func aLoginOfAnotherRegionIsNotSent() throws {
        try logIn()
        let error = #expect(throws: ConfigurationError.self) {
            try Credentials(settings(["CLIO_REGION": "eu"]), connection: "default", files: files)
        }
        #expect(error?.description.contains("CLIO_REGION") == true)
    }

    @Test func allFirmsAreThoseThatTheFolderDefines() {
        func names(_ files: [String], _ logins: [String], _ source: String?) -> [String] {
            Connections.found(files: files, logins: logins, defaultTokenSource: source).map(\.name)
        }
        #expect(names(["jones"], [], nil) == ["jones"])
        #expect(names(["jones"], ["smith"], ".env") == ["default", "jones", "smith"])
        #expect(names(["default", "jones"], ["jones"], nil) == ["default", "jones"])
        let found = Connections.found(files: ["jones"], logins: ["jones"], defaultTokenSource: "the environment")
        #expect(
            found.map(\.reason) == [
                "a token in the environment", "connections/jones.env and a login made in this folder",
            ])
    }

    // MARK: Pins

    private static func account(_ id: Int64, _ name: String) -> Account {
        Account(id: id, name: name, userID: id, userName: "Ann", baseURL: "https://app.clio.com")
    }

    @Test func anotherAccountIsRefusedByBothNames() {
        let pins = AccountPins([("job.sqlite", Self.account(7, "Smith LLP"))], connection: "smith")
        #expect(throws: Never.self) { try pins.check(Self.account(7, "Smith LLP"), ".env") }
        for other in [Self.account(8, "Jones LLP"), Self.account(8, "Smith LLP")] {
            let error = #expect(throws: AccountError.self) { try pins.check(other, ".env") }
            let text = error?.description ?? ""
            #expect(
                text.contains("Smith LLP (account 7)") && text.contains("(account 8)") && text.contains("--connection"))
            #expect(!text.contains("\n"))
        }
        #expect(throws: Never.self) { try AccountPins([], connection: "smith").check(Self.account(8, "x"), ".env") }
    }

    @Test func placesOfTwoAccountsDoNotGoTogether() {
        let (seven, eight) = (Self.account(7, "Smith LLP"), Self.account(8, "Jones LLP"))
        let pins = AccountPins(
            [("a/raw/matters", seven), ("job.sqlite", seven), ("other.sqlite", eight)], connection: "smith")
        let error = #expect(throws: AccountError.self) { try pins.checkEachOther() }
        #expect(error?.description.contains("other.sqlite is of Jones LLP") == true)
        #expect(throws: Never.self) { try AccountPins([("a", seven), ("b", seven)], connection: "s").checkEachOther() }
    }
}
