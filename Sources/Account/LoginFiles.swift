internal import Extract
internal import Foundation
internal import Hashing
internal import Staging

/// Where logins are kept: `~/.config/cliosync/FOLDER/CONNECTION.json`, one folder for each project folder, named by its
/// hash. The login of one project is never used in another.
struct LoginFiles: Sendable {
    /// The folder of all projects' logins.
    private let base: String
    /// The project folder: where `.env`, `connections` and `staging` lie.
    let project: String

    /// nil where this user has no home.
    init?(
        environment: [String: String] = ProcessInfo.processInfo.environment,
        project: String = FileManager.default.currentDirectoryPath
    ) {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        guard let folder = value("XDG_CONFIG_HOME") ?? value("HOME").map({ $0 + "/.config" }) else { return nil }
        base = folder + "/cliosync"
        self.project = project
    }

    /// The folder of this project's logins.
    var folder: String { "\(base)/\(SHA256.hex(project).prefix(16))" }

    /// The token file of a connection's login.
    func login(_ connection: String) -> String { "\(folder)/\(connection).json" }

    /// The token file that earlier versions shared between all project folders.
    func earlierLogin(_ connection: String) -> String { "\(base)/\(connection).json" }

    /// Where a token is kept that was renewed for tokens from variables: for exactly these, so that no others are mixed with
    /// it and new values begin anew.
    func renewed(baseURL: String, accessToken: String, refreshToken: String) -> String {
        "\(base)/renewed/\(SHA256.hex([baseURL, accessToken, refreshToken].joined(separator: "\n"))).json"
    }

    /// The files of renewed tokens that belong to a connection: by what represents the tokens that it used, and the one of the
    /// tokens that its settings hold.
    func renewed(marks: Set<String>, _ settings: Settings) throws(StagingError) -> [String] {
        var paths: [String] = []
        if let access = settings.accessToken, let refresh = settings.refreshToken {
            paths.append(renewed(baseURL: settings.baseURL, accessToken: access, refreshToken: refresh))
        }
        for name in try Files.names(in: base + "/renewed").sorted() where name.hasSuffix(".json") {
            let path = "\(base)/renewed/\(name)"
            guard !paths.contains(path), let mark = (try? TokenFile.read(path))?.mark, marks.contains(mark) else {
                continue
            }
            paths.append(path)
        }
        return paths
    }

    /// Connections with a login of this project.
    func connections() throws(StagingError) -> [String] {
        try Files.names(in: folder).filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }
            // A file of another name is not ours.
            .filter { (try? ConnectionFolder(staging: ".", connection: $0)) != nil }
    }
}
