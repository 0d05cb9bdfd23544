import Account
import ArgumentParser
import Foundation
import Jobs
import Pipelines
import Staging
import SyncManager

/// What a shell completes with: the values that are there at the moment it asks.
enum Completions {
    /// Firms that are set up or have staged files.
    static let connections = CompletionKind.custom { words, _, _ in
        let known = (try? Connections.all(defaultTokenSource: ".env")) ?? []
        return Set(known.map(\.name) + ((try? JobFinder(staging: staging(words)).connections) ?? [])).sorted()
    }

    /// Phases of the pipeline files.
    static let phases = CompletionKind.custom { words, _, _ in catalog(words)?.phases.map(\.name) ?? [] }

    /// Entities of the pipeline files, those of the phases that were named.
    static let entities = CompletionKind.custom { words, _, _ in
        let phases = values("--phase", words)
        var names: [String] = []
        for entity in catalog(words)?.entities ?? []
        where !names.contains(entity.name) && (phases.isEmpty || phases.contains(entity.phase)) {
            names.append(entity.name)
        }
        return names
    }

    /// Filters of the pipeline files that cut lists into groups.
    static let groupings = CompletionKind.custom { words, _, _ in
        var names: [String] = []
        for grouping in catalog(words)?.entities.flatMap(\.groupings) ?? [] where !names.contains(grouping.name) {
            names.append(grouping.name)
        }
        return names
    }

    /// Ids of jobs, of the connection that was named.
    static let jobs = CompletionKind.custom { words, _, _ in
        let finder = JobFinder(staging: staging(words))
        let named = values("--connection", words)
        return ["latest"]
            + finder.jobs.filter { named.isEmpty || named.contains($0.connection) }.map(\.id)
    }

    static let regions = CompletionKind.list(["us", "eu", "ca", "au"])
    static let firmSizes = CompletionKind.list(["small", "medium", "large", "enterprise"])

    private static func staging(_ words: [String]) -> String { values("--staging", words).last ?? "staging" }

    private static func catalog(_ words: [String]) -> Catalog? {
        let folder = values("--pipelines", words).last ?? "pipelines"
        return (try? Catalog.load(folder: folder)) ?? (try? Starter.catalog())
    }

    /// What follows an option, as far as it is typed.
    private static func values(_ option: String, _ words: [String]) -> [String] {
        zip(words, words.dropFirst()).filter { $0.0 == option && !$0.1.isEmpty }.map(\.1)
            + words.filter { $0.hasPrefix(option + "=") }.map { String($0.dropFirst(option.count + 1)) }
    }
}
