internal import Foundation

/// A run event of OpenLineage 2-0-2 (https://openlineage.io): names, types and counts, never a record's value.
struct LineageEvent: Encodable, Sendable, Equatable {
    /// The transition of a run.
    enum Kind: String, Encodable, Sendable {
        case start = "START"
        case complete = "COMPLETE"
        case abort = "ABORT"
        case fail = "FAIL"
    }

    var eventType: Kind
    /// UTC.
    var eventTime: String
    var run: Run
    var job: Job
    var inputs: [Dataset] = []
    var outputs: [Dataset] = []
    let producer: String
    let schemaURL = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"

    /// One execution of a job.
    struct Run: Encodable, Sendable, Equatable {
        /// A UUID.
        var runId: String
        var facets: Facets

        struct Facets: Encodable, Sendable, Equatable {
            var parent: Facet<Parent>?
            var errorMessage: Facet<ErrorMessage>?
            var processing_engine: Facet<Engine>?
        }
    }

    /// What is executed, named in a namespace.
    struct Job: Encodable, Sendable, Equatable {
        var namespace: String
        var name: String
        var facets: Facets

        struct Facets: Encodable, Sendable, Equatable {
            var jobType: Facet<JobType>
            var documentation: Facet<Documentation>
        }
    }

    /// What is read or written.
    struct Dataset: Encodable, Sendable, Equatable {
        var namespace: String
        var name: String
        var facets = Facets()
        var outputFacets: OutputFacets?

        struct Facets: Encodable, Sendable, Equatable {
            var schema: Facet<Schema>?
            var columnLineage: Facet<ColumnLineage>?
        }

        struct OutputFacets: Encodable, Sendable, Equatable {
            var outputStatistics: Facet<Statistics>
        }
    }

    // MARK: Facets

    struct Parent: FacetContent {
        static let schema = "1-2-0/ParentRunFacet"
        struct Run: Encodable, Sendable, Equatable { var runId: String }
        struct Job: Encodable, Sendable, Equatable { var namespace, name: String }
        var run: Run
        var job: Job
    }

    struct ErrorMessage: FacetContent {
        static let schema = "1-0-1/ErrorMessageRunFacet"
        var message: String
        var programmingLanguage = "Swift"
    }

    struct Engine: FacetContent {
        static let schema = "1-1-1/ProcessingEngineRunFacet"
        var name = "cliosync"
        var version: String
    }

    struct JobType: FacetContent {
        static let schema = "2-0-4/JobTypeJobFacet"
        var processingType = "BATCH"
        var integration = "CLIOSYNC"
        var jobType: String
    }

    struct Documentation: FacetContent {
        static let schema = "1-1-0/DocumentationJobFacet"
        var description: String
    }

    struct Schema: FacetContent {
        static let schema = "1-2-0/SchemaDatasetFacet"
        struct Field: Encodable, Sendable, Equatable { var name, type: String }
        var fields: [Field]
    }

    struct ColumnLineage: FacetContent {
        static let schema = "1-2-0/ColumnLineageDatasetFacet"
        struct Input: Encodable, Sendable, Equatable { var namespace, name, field: String }
        struct Inputs: Encodable, Sendable, Equatable { var inputFields: [Input] }
        var fields: [String: Inputs]
    }

    struct Statistics: FacetContent {
        static let schema = "1-0-2/OutputStatisticsOutputDatasetFacet"
        var rowCount: Int
    }

    protocol FacetContent: Encodable, Sendable, Equatable {
        /// Version and name of its schema.
        static var schema: String { get }
    }

    /// A facet with what every facet has.
    struct Facet<Content: FacetContent>: Encodable, Sendable, Equatable {
        var content: Content
        var producer: String

        private enum CodingKeys: String, CodingKey {
            case producer = "_producer"
            case schemaURL = "_schemaURL"
        }

        func encode(to encoder: any Encoder) throws {
            try content.encode(to: encoder)
            var members = encoder.container(keyedBy: CodingKeys.self)
            try members.encode(producer, forKey: .producer)
            let name = Content.schema.split(separator: "/").last ?? ""
            try members.encode(
                "https://openlineage.io/spec/facets/\(Content.schema).json#/$defs/\(name)", forKey: .schemaURL)
        }
    }

    /// One JSON object in one line.
    var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }
}
