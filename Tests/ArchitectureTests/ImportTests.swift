import Foundation
import Testing

/// The layers of Package.swift, once more: a test reads every import against this table, because incremental builds
/// accept undeclared ones.
@Suite struct ImportTests {
    static let kernel: Set<String> = ["Bytes", "Hashing", "Pipelines", "Staging"]

    /// What each module may import of ours, and of packages.
    static let table: [String: Set<String>] = [
        "Release": [],
        "EmbeddedFiles": ["CEmbedded"],
        "Bytes": [],
        "Gzip": ["Bytes", "CZlib", "CDeflate"],
        "JSON": ["Bytes", "CSimdjson"],
        "HTTP": ["Bytes", "CCurl", "CDeflate", "Release"],
        "SQLite": ["Bytes", "CSQLite", "CPackedRows"],
        "Hashing": ["Bytes", "CCrypto", "CXXHash"],
        "LocalServer": ["FlyingFox", "FlyingSocks"],
        "Pipelines": ["Bytes", "Yams"],
        "Staging": ["Bytes", "Gzip", "Hashing", "JSON"],
        "Jobs": ["Bytes", "Gzip", "SQLite"],
        "Remote": ["Bytes", "Hashing", "HTTP", "JSON", "Staging"],
        "Progress": ["Jobs", "Pipelines", "Staging", "JSON", "SQLite"],
        "Extract": kernel.union(["HTTP", "JSON", "Logging"]),
        "Transform": kernel.union(["JSON", "Logging"]),
        "Tables": kernel.union(["SQLite", "JSON"]),
        "Load": kernel.union(["SQLite", "JSON", "Tables", "Logging"]),
        "Verify": kernel.union(["SQLite", "JSON", "Tables", "Logging"]),
        "Account": kernel.union([
            "Extract", "Load", "Tables", "Progress", "Jobs", "Remote", "JSON", "Gzip", "HTTP", "LocalServer",
            "FlyingFox", "Logging",
        ]),
        "SyncManager": [
            "Account", "Bytes", "Pipelines", "Staging", "Extract", "Transform", "Load", "Verify", "Tables", "Progress",
            "Jobs", "Remote", "Hashing", "JSON", "Gzip", "HTTP", "Logging",
        ],
        "Inspection": [
            "Account", "Bytes", "Pipelines", "Staging", "Extract", "Transform", "Load", "Tables", "Jobs", "JSON",
            "Gzip",
        ],
        "StatusPage": kernel.union([
            "EmbeddedFiles", "Progress", "Jobs", "JSON", "LocalServer", "FlyingFox", "FlyingSocks",
        ]),
        "ClioSimulator": ["Bytes", "Gzip", "LocalServer", "FlyingFox"],
        "cliosync": kernel.union([
            "Extract", "Transform", "Load", "Verify", "Tables", "Progress", "Jobs", "JSON", "Logging", "SyncManager",
            "Account", "Inspection", "StatusPage", "ArgumentParser", "CMalloc", "EmbeddedFiles", "Release",
        ]),
        "clio-simulator": ["Bytes", "ClioSimulator", "Release", "ArgumentParser", "Logging"],
    ]
    static let system: Set<String> = [
        "Foundation", "FoundationNetworking", "Glibc", "Musl", "Darwin", "Dispatch", "Synchronization",
    ]
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static func swiftFiles(of module: String) throws -> [URL] {
        let folder = root.appendingPathComponent("Sources/\(module)")
        let paths = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
        return paths.filter { $0.hasSuffix(".swift") }.map { folder.appendingPathComponent($0) }
    }

    @Test(arguments: table.keys.sorted())
    func aModuleImportsOnlyWhatItsLayerAllows(_ module: String) throws {
        let allowed = try #require(Self.table[module]).union(Self.system)
        for file in try Self.swiftFiles(of: module) {
            let text = try String(contentsOf: file, encoding: .utf8)
            for line in text.split(separator: "\n") where line.contains("import ") {
                let words = line.split(separator: " ")
                guard let keyword = words.firstIndex(of: "import"), keyword + 1 < words.count,
                    words[..<keyword].allSatisfy({
                        ["internal", "public", "private", "package", "@testable", "@preconcurrency"].contains($0)
                    })
                else { continue }
                #expect(allowed.contains(String(words[keyword + 1])), "\(module)/\(file.lastPathComponent): \(line)")
            }
        }
    }

    @Test func everyModuleIsInTheTable() throws {
        let modules = try FileManager.default.contentsOfDirectory(
            atPath: Self.root.appendingPathComponent("Sources").path)
        #expect(Set(modules).subtracting(["C"]) == Set(Self.table.keys))
    }

    @Test func noStageKnowsAnother() {
        let stages: Set<String> = ["Extract", "Transform", "Load", "Verify"]
        for stage in stages { #expect(Self.table[stage]?.isDisjoint(with: stages) == true) }
    }

    /// Entities are data: their names stand in `pipelines/`, in the simulator and nowhere else.
    @Test(arguments: [
        "Extract", "Transform", "Tables", "Load", "Verify", "Staging", "Jobs", "Remote", "Account",
        "SyncManager", "Inspection", "StatusPage",
    ])
    func noStageKnowsAnEntityByName(_ module: String) throws {
        let names = [
            "\"matters\"", "\"contacts\"", "\"calendar_entries\"", "\"tasks\"", "\"documents\"", "\"time_entries\"",
        ]
        for file in try Self.swiftFiles(of: module) {
            let text = try String(contentsOf: file, encoding: .utf8)
            for line in text.split(separator: "\n") where !line.contains("//") {
                for name in names { #expect(!line.contains(name), "\(module)/\(file.lastPathComponent): \(line)") }
            }
        }
    }
}
