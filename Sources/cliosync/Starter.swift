import Foundation
import Pipelines

/// The files that `init` writes; the pipelines are those of the repository, built into the program.
enum Starter {
    static let pipelines: [(name: String, content: Data)] = [
        ("core.yaml", Data(PackageResources.core_yaml)),
        ("supporting.yaml", Data(PackageResources.supporting_yaml)),
        ("historical.yaml", Data(PackageResources.historical_yaml)),
        ("pipeline.schema.json", Data(PackageResources.pipeline_schema_json)),
    ]

    /// The built-in pipelines.
    static func catalog() throws -> Catalog {
        try Catalog.load(
            files: Dictionary(
                uniqueKeysWithValues: pipelines.filter { $0.name.hasSuffix(".yaml") }.map {
                    (String($0.name.dropLast(5)), Array($0.content))
                }))
    }

    static let stagingReadme = Data(PackageResources.README_md)

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
        Data(
            """
            # Settings of cliosync; environment variables and flags win over this file. Keep it private: it holds tokens.

            # Where the firm's Clio account lives: us, eu, ca or au.
            CLIO_REGION=\(answers.region)

            # Your application at Clio, for `cliosync auth login`: log in as a user who may see everything that is to be
            # synchronized. The login is kept elsewhere, and renewed by itself.
            CLIO_CLIENT_ID=\(answers.clientID)
            CLIO_CLIENT_SECRET=\(answers.clientSecret)

            # Instead of a login: a token that you have from elsewhere.
            #CLIO_ACCESS_TOKEN=
            #CLIO_REFRESH_TOKEN=

            # The share of Clio's limit that may be used; the firm's people need the rest.
            SYNC_QUOTA_SHARE=0.9

            # A limit of your own, and requests at a time.
            #SYNC_RATE_LIMIT_REQUESTS_PER_MINUTE=45
            #SYNC_MAX_CONCURRENT_REQUESTS=50

            # Requests in these hours only; a run waits for them and goes on by itself.
            #SYNC_WINDOW=19:00-04:00 America/Los_Angeles

            # Alarms: a chat tool's webhook, a command, and after how many minutes without progress.
            #SYNC_NOTIFY_WEBHOOK_URL=
            #SYNC_NOTIFY_COMMAND=
            #SYNC_STALL_MINUTES=30

            # Records per page, at most 200.
            #SYNC_BATCH_SIZE_MATTERS=200

            """.utf8)
    }
}
