import Account
import EmbeddedFiles
import Foundation
import Pipelines
import SyncManager

/// The files that `init` writes; the pipelines are those of the repository, built into the program.
enum Starter {
    static let pipelines: [(name: String, content: Data)] = [
        ("core.yaml", Data(EmbeddedFiles.coreYAML)),
        ("supporting.yaml", Data(EmbeddedFiles.supportingYAML)),
        ("historical.yaml", Data(EmbeddedFiles.historicalYAML)),
        ("extended.yaml", Data(EmbeddedFiles.extendedYAML)),
        ("billing.yaml", Data(EmbeddedFiles.billingYAML)),
        ("pipeline.schema.json", Data(EmbeddedFiles.pipelineSchema)),
    ]

    /// The built-in pipelines.
    static func catalog() throws -> Catalog {
        try Catalog.load(
            files: Dictionary(
                uniqueKeysWithValues: pipelines.filter { $0.name.hasSuffix(".yaml") }.map {
                    (String($0.name.dropLast(5)), Array($0.content))
                }))
    }

    static let stagingReadme = Data(EmbeddedFiles.stagingReadme)

    /// What a person told `init`; empty: to be filled in later.
    struct Answers {
        var region: String
        var clientID = ""
        var clientSecret = ""

        /// Whether `auth login` has what it needs.
        var isComplete: Bool { !clientID.isEmpty && !clientSecret.isEmpty }
    }

    /// A text as `.env` may hold it; nil for one that would mean something else there.
    static func asSetting(_ text: String) -> String? {
        text.unicodeScalars.allSatisfy { $0.isASCII && $0.value > 32 && !"#'\"\\$`".unicodeScalars.contains($0) }
            ? text : nil
    }

    static func environment(_ answers: Answers) -> Data {
        let values = [
            "CLIO_REGION": answers.region, "CLIO_CLIENT_ID": answers.clientID,
            "CLIO_CLIENT_SECRET": answers.clientSecret,
        ]
        return Data(SettingTable.starterFile(values).utf8)
    }
}
