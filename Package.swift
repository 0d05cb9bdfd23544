// swift-tools-version: 6.2
import Foundation
import PackageDescription

// The layers, from the bottom up. An arrow never goes up, and no stage sees another stage: a stage gets the kernel
// (pipeline files, staged files) and the adapters named here, nothing else. `Tests/ArchitectureTests` reads the imports
// against this table.

let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

/// Tests take longer to optimize than to run, so a release build leaves them as they are. Test targets alone may have such flags:
/// no package could use a product with them.
let tested = house + [.unsafeFlags(["-Onone"])]

/// What a build is for: `tests` for the checks, `stages` for the sanitizers, otherwise the programs and the library.
let purpose = ProcessInfo.processInfo.environment["CLIOSYNC_BUILD"]

/// Modules that handle no record. The build of the checks leaves them as they are, too: optimizing them takes as long as all
/// end-to-end tests. `make dist` and `make build` optimize every module.
let cold = purpose == "tests" ? tested : house

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let flyingFox = Target.Dependency.product(name: "FlyingFox", package: "FlyingFox")
let flyingSocks = Target.Dependency.product(name: "FlyingSocks", package: "FlyingFox")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

/// One C library, found by pkg-config.
func library(_ name: String, pkgConfig: String, apt: String) -> Target {
    .systemLibrary(name: name, path: "Sources/C/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

/// C or C++ code of ours over a library, which it links unless all of it is in the headers.
func code(_ name: String, links library: String? = nil) -> Target {
    .target(
        name: name, path: "Sources/C/\(name)", linkerSettings: library.map { [.linkedLibrary($0)] } ?? [])
}

/// Safe Swift over C libraries; knows nothing of the mission. `Bytes` is the buffer that they hand to each other.
func adapter(_ name: String, over libraries: String...) -> Target {
    .target(
        name: name, dependencies: ["Bytes"] + libraries.map { .init(stringLiteral: $0) }, swiftSettings: house)
}

/// What all stages share.
func kernel(
    _ name: String, adapters: [String] = [], packages: [Target.Dependency] = [], settings: [SwiftSetting] = house
) -> Target {
    .target(
        name: name, dependencies: ["Bytes"] + adapters.map { .init(stringLiteral: $0) } + packages,
        swiftSettings: settings)
}

/// Extract, transform, load or verify: the kernel, its own adapters, and never another stage.
func stage(_ name: String, uses: [String]) -> Target {
    .target(
        name: name,
        dependencies: ["Bytes", "Hashing", "Pipelines", "Staging"] + uses.map { .init(stringLiteral: $0) } + [logging],
        swiftSettings: house)
}

func application(
    _ name: String, uses: [String], packages: [Target.Dependency] = [], exclude: [String] = [],
    settings: [SwiftSetting] = cold
) -> Target {
    .target(
        name: name, dependencies: uses.map { .init(stringLiteral: $0) } + packages, exclude: exclude,
        swiftSettings: settings)
}

func command(_ name: String, uses: [String]) -> Target {
    .executableTarget(
        name: name, dependencies: uses.map { .init(stringLiteral: $0) } + [arguments, logging], swiftSettings: cold)
}

func tests(
    _ module: String, uses: [String] = [], packages: [Target.Dependency] = [], fixtures: Bool = false,
    exclude: [String] = []
) -> Target {
    .testTarget(
        name: "\(module)Tests",
        dependencies: [.init(stringLiteral: module), "TestSupport"] + uses.map { .init(stringLiteral: $0) } + packages,
        exclude: exclude,
        resources: fixtures ? [.copy("Fixtures")] : [],
        swiftSettings: tested)
}

let package = Package(
    name: "cliosync",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "cliosync", targets: ["cliosync"]),
        .executable(name: "clio-simulator", targets: ["clio-simulator"]),
        .library(name: "SyncManager", targets: ["SyncManager", "Account"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.0"),
    ],
    targets: [
        library("CCurl", pkgConfig: "libcurl", apt: "libcurl4-openssl-dev"),
        library("CSQLite", pkgConfig: "sqlite3", apt: "libsqlite3-dev"),
        library("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
        library("CDeflate", pkgConfig: "libdeflate", apt: "libdeflate-dev"),
        library("CCrypto", pkgConfig: "libcrypto", apt: "libssl-dev"),
        code("CXXHash"),
        code("CSimdjson", links: "simdjson"),
        code("CPackedRows", links: "sqlite3"),
        .systemLibrary(name: "CMalloc", path: "Sources/C/CMalloc"),

        .target(name: "Release", swiftSettings: house),
        // Pipeline files, the page's style and script: built into the programs.
        code("CEmbedded"),
        .target(name: "EmbeddedFiles", dependencies: ["CEmbedded"], swiftSettings: house),
        .target(name: "Bytes", swiftSettings: house),
        adapter("Gzip", over: "CZlib", "CDeflate"),
        adapter("JSON", over: "CSimdjson"),
        adapter("HTTP", over: "CCurl", "CDeflate", "Release"),
        adapter("SQLite", over: "CSQLite", "CPackedRows"),
        adapter("Hashing", over: "CCrypto", "CXXHash"),
        .target(name: "LocalServer", dependencies: [flyingFox, flyingSocks], swiftSettings: house),

        kernel("Pipelines", packages: [yams]),
        kernel("Staging", adapters: ["Gzip", "Hashing", "JSON"]),
        kernel("Jobs", adapters: ["Gzip", "SQLite"], settings: cold),
        // Staged files in an object store.
        application("Remote", uses: ["Bytes", "Hashing", "HTTP", "JSON", "Staging"]),
        application("Progress", uses: ["Jobs", "Pipelines", "Staging", "JSON", "SQLite"]),

        // The database as load writes it and verify reads it.
        .target(
            name: "Tables", dependencies: ["Bytes", "Hashing", "JSON", "SQLite", "Pipelines", "Staging"],
            swiftSettings: house),

        stage("Extract", uses: ["HTTP", "JSON"]),
        stage("Transform", uses: ["JSON"]),
        stage("Load", uses: ["SQLite", "JSON", "Tables"]),
        stage("Verify", uses: ["SQLite", "JSON", "Tables"]),

        // A firm's settings, its token and what a set-up needs.
        application(
            "Account",
            uses: [
                "Bytes", "Extract", "Load", "Tables", "Progress", "Jobs", "Remote", "Pipelines", "Staging", "Hashing",
                "JSON", "Gzip", "HTTP", "LocalServer",
            ],
            packages: [logging, flyingFox]),
        // The library to embed.
        application(
            "SyncManager",
            uses: [
                "Account", "Bytes", "Extract", "Transform", "Load", "Verify", "Tables", "Progress", "Jobs", "Remote",
                "Pipelines", "Staging", "Hashing", "JSON", "Gzip", "HTTP",
            ],
            packages: [logging]),
        // Tools that look into staged files and change them by hand.
        application(
            "Inspection",
            uses: [
                "Account", "Bytes", "Extract", "Transform", "Load", "Tables", "Jobs", "Pipelines", "Staging", "JSON",
                "Gzip",
            ]),
        application(
            "StatusPage",
            uses: [
                "Bytes", "Progress", "Jobs", "Pipelines", "Staging", "Hashing", "JSON", "LocalServer", "EmbeddedFiles",
            ],
            packages: [flyingFox, flyingSocks],
            // They reach the program through EmbeddedFiles.
            exclude: ["Resources"]),
        application(
            "ClioSimulator", uses: ["Gzip", "LocalServer"], packages: [flyingFox],
            // It makes every record that the tests read.
            settings: house),
        command(
            "cliosync",
            uses: [
                "SyncManager", "Account", "Inspection", "StatusPage", "Extract", "Transform", "Load", "Verify",
                "Tables", "Progress",
                "Jobs", "Pipelines", "Staging", "JSON", "CMalloc", "Bytes", "Release", "EmbeddedFiles",
            ]),
        command("clio-simulator", uses: ["Bytes", "ClioSimulator", "Release"]),
        .executableTarget(
            name: "page-benchmark", dependencies: ["Bytes", "Gzip", "JSON", "Pipelines", "Staging", "Extract"],
            path: "Benchmarks/pages", swiftSettings: cold),

        .systemLibrary(name: "CSpawn", path: "Tests/CSpawn"),
        .target(name: "TestSupport", dependencies: ["CSpawn"], path: "Tests/Support", swiftSettings: tested),
        // A small firm for tests, staged through the real stages.
        .target(
            name: "StagedFirm",
            dependencies: ["SyncManager", "Account", "Inspection", "Pipelines", "Staging", logging],
            path: "Tests/StagedFirm", swiftSettings: tested),
        .target(
            name: "StoreDouble", dependencies: [flyingFox, flyingSocks], path: "Tests/StoreDouble",
            swiftSettings: tested),

        tests("Gzip", uses: ["Bytes"]),
        tests("JSON", uses: ["Bytes"]),
        tests("HTTP", packages: [flyingFox]),
        tests("SQLite"),
        tests("Pipelines", fixtures: true),
        tests("Hashing"),
        tests("Staging", uses: ["Bytes", "Hashing"]),
        tests("Jobs", uses: ["SQLite"]),
        tests("Remote", uses: ["StoreDouble", "Bytes", "Hashing", "HTTP", "Staging"]),
        tests("Progress", uses: ["Jobs", "Pipelines", "Staging", "SQLite"]),
        tests(
            "Extract", uses: ["Bytes", "Staging", "Pipelines", "HTTP", "JSON"],
            packages: [flyingFox, flyingSocks, logging]),
        tests("Transform", uses: ["Bytes", "Staging", "Pipelines", "JSON"], fixtures: true),
        tests("Load", uses: ["Bytes", "JSON", "Staging", "Pipelines", "SQLite", "Tables", "Verify"]),
        tests("Verify", uses: ["SQLite"]),
        tests("Account", uses: ["Bytes", "Extract", "JSON", "Progress", "Staging"]),
        tests(
            "Inspection",
            uses: [
                "Bytes", "StagedFirm", "SyncManager", "Gzip", "JSON", "SQLite", "Pipelines", "Staging", "Load",
                "Transform",
            ]),
        tests(
            "SyncManager",
            uses: [
                "Account", "Bytes", "Inspection", "StagedFirm", "StoreDouble", "ClioSimulator", "Jobs", "Pipelines",
                "Staging", "JSON",
                "Extract", "HTTP", "Gzip",
                "SQLite", "Load", "Tables", "Transform", "Verify", "Progress", "Remote",
            ],
            packages: [logging, flyingFox, flyingSocks]),
        tests(
            "cliosync",
            uses: [
                "Account", "Bytes", "Extract", "SyncManager", "StatusPage", "Progress", "Jobs", "Load", "Staging",
                "Tables",
                "Transform", "Pipelines",
            ], packages: [arguments]),
        tests("LocalServer", packages: [flyingFox]),
        tests(
            "StatusPage", uses: ["JSON", "Progress", "Jobs", "Pipelines", "SQLite", "Staging"], packages: [flyingFox],
            exclude: ["Looks"]),
        tests("ClioSimulator"),
        .testTarget(name: "ArchitectureTests", dependencies: ["TestSupport"], swiftSettings: tested),
        .testTarget(
            name: "FuzzTests",
            dependencies: ["TestSupport", "Pipelines", "Staging", "Transform", "Load", "Verify", "SQLite"],
            swiftSettings: tested),
        // It starts the programs, which every build makes, and waits for none of their modules.
        .testTarget(
            name: "EndToEndTests", dependencies: ["TestSupport"], exclude: ["Scripts"],
            swiftSettings: tested),
    ],
    cxxLanguageStandard: .cxx17
)

// What runs under the sanitizers needs neither the network nor programs; without them its two builds take half as long.
if purpose == "stages" {
    let left: Set = [
        "HTTP", "Remote", "Extract", "Account", "SyncManager", "Inspection", "StagedFirm", "StoreDouble", "StatusPage",
        "ClioSimulator", "cliosync",
        "clio-simulator",
        "page-benchmark",
        "Architecture", "EndToEnd",
    ]
    package.products = []
    package.targets.removeAll { left.contains($0.name) || left.contains($0.name.replacing("Tests", with: "")) }
}
