import Foundation

/// Where the programs under test and the tools beside them are.
enum Programs {
    static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    static let cliosync = product("cliosync")
    static let simulator = product("clio-simulator")
    static let pipelines = repository + "/pipelines"

    static func script(_ name: String) -> String { "\(repository)/Tests/EndToEndTests/Scripts/\(name)" }

    /// A program of the machine's, by the search path.
    static func tool(_ name: String) -> String {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        if name.contains("/") { return name }
        let places = path.split(separator: ":").map { "\($0)/\(name)" }
        return places.first { FileManager.default.isExecutableFile(atPath: $0) } ?? "/usr/bin/\(name)"
    }

    /// The one in the folder that `CLIOSYNC_PROGRAMS` names; else the release build, which is what people run; else the debug
    /// one that was built with the tests. `CLIOSYNC_PROGRAMS=debug` is the latter, which saves a build while the code changes.
    private static func product(_ name: String) -> String {
        let chosen = ProcessInfo.processInfo.environment["CLIOSYNC_PROGRAMS"]
        if let chosen, chosen.contains("/") { return "\(chosen)/\(name)" }
        let builds = chosen == "debug" ? ["debug"] : ["release", "debug"]
        let places = builds.map { "\(repository)/.build/\($0)/\(name)" }
        let beside =
            (CommandLine.arguments.first.map { ($0 as NSString).deletingLastPathComponent } ?? ".") + "/\(name)"
        return (places + [beside]).first { FileManager.default.isExecutableFile(atPath: $0) } ?? beside
    }
}
