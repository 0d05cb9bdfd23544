import ClioSimulator
import Foundation
import StagedFirm
import Staging
import SyncManager
import Testing

/// Staged files of a loaded firm that were emptied, deleted, cut off or replaced by earlier ones: the next run, or the advice
/// that it gives, ends with everything verified.
@Suite struct LostFileTests {
    /// What happened to the files of `matters`.
    enum Damage: String, CaseIterable, CustomTestStringConvertible {
        case emptiedRawManifest, emptiedCleanManifest, emptiedFlaggedManifest, deletedCleanManifest
        case deletedRawFolder, deletedCleanFolder, deletedGenerations, deletedRawAndGenerations, deletedPhase
        case missingRawPart, cutRawPart, missingCleanPart, cutCleanPart, missingFlaggedPart
        case olderRawManifest, shorterRawManifest, olderCleanManifest, damagedRawManifest, damagedCleanManifest

        var testDescription: String { rawValue }

        func apply(_ place: EntityFolder, earlier: EarlierManifests) throws {
            let cleanManifest = place.clean + "/manifest.ndjson"
            switch self {
            case .emptiedRawManifest: try Data().write(to: url(place.rawManifest))
            case .emptiedCleanManifest: try empty(cleanManifest)
            case .emptiedFlaggedManifest: try empty(place.flagged + "/manifest.ndjson")
            case .deletedCleanManifest: try FileManager.default.removeItem(atPath: cleanManifest)
            case .deletedRawFolder: try FileManager.default.removeItem(atPath: place.raw)
            case .deletedCleanFolder: try FileManager.default.removeItem(atPath: Files.parent(of: place.clean))
            case .deletedGenerations: try FileManager.default.removeItem(atPath: place.phaseFolder + "/.generations")
            case .deletedRawAndGenerations:
                try FileManager.default.removeItem(atPath: place.phaseFolder + "/raw")
                try FileManager.default.removeItem(atPath: place.phaseFolder + "/.generations")
            case .deletedPhase: try FileManager.default.removeItem(atPath: place.phaseFolder)
            case .missingRawPart: try FileManager.default.removeItem(atPath: part(place.raw))
            case .cutRawPart: try cut(part(place.raw))
            case .missingCleanPart: try FileManager.default.removeItem(atPath: part(place.clean))
            case .cutCleanPart: try cut(part(place.clean))
            case .missingFlaggedPart: try FileManager.default.removeItem(atPath: part(place.flagged))
            case .olderRawManifest: try earlier.raw.write(to: url(place.rawManifest))
            case .shorterRawManifest:
                // The header and the first page.
                let lines = try Data(contentsOf: url(place.rawManifest)).split(separator: 10)
                let start = try #require(
                    lines.firstIndex { String(decoding: $0, as: UTF8.self).contains("\"page\":1,") })
                try Data(lines[...start].joined(separator: [10]) + [10]).write(to: url(place.rawManifest))
            case .olderCleanManifest: try earlier.clean.write(to: url(cleanManifest))
            case .damagedRawManifest: try garble(place.rawManifest)
            case .damagedCleanManifest: try garble(cleanManifest)
            }
        }

        private func url(_ path: String) -> URL { URL(fileURLWithPath: path).resolvingSymlinksInPath() }

        private func empty(_ path: String) throws { try Data().write(to: url(path)) }

        private func garble(_ path: String) throws {
            let lines = try Data(contentsOf: url(path)).split(separator: 10, omittingEmptySubsequences: false)
            try Data(([lines[0], Data("{".utf8)] + lines[2...]).joined(separator: [10])).write(to: url(path))
        }

        private func part(_ folder: String) throws -> String {
            let name = try #require(try Files.names(in: folder).first { $0.hasSuffix(".ndjson.gz") })
            return folder + "/" + name
        }

        private func cut(_ path: String) throws {
            try Data(contentsOf: url(path)).dropLast(9).write(to: url(path))
        }
    }

    /// Manifests of `matters` as they were before everything was fetched and transformed again.
    struct EarlierManifests {
        let raw: Data
        let clean: Data

        init(_ place: EntityFolder) throws {
            raw = try Data(contentsOf: URL(fileURLWithPath: place.rawManifest))
            clean = try Data(contentsOf: URL(fileURLWithPath: place.clean + "/manifest.ndjson"))
        }
    }

    /// A loaded firm whose files were made twice, and then damaged.
    private func withDamaged(_ damage: Damage, _ body: (SimulatedClio) async throws -> Void) async throws {
        try await SimulatedClio.use({ $0.defects = 0.3 }) { clio in
            #expect(try await clio.run(phases: ["core"]).exitCode == 0)
            let place = try clio.firm.place("matters")
            let earlier = try EarlierManifests(place)
            #expect(try await clio.run(phases: ["core"], force: true).exitCode == 0)
            try damage.apply(place, earlier: earlier)
            try await body(clio)
        }
    }

    @Test(arguments: Damage.allCases) func theNextRunVerifies(_ damage: Damage) async throws {
        try await withDamaged(damage) { clio in
            var said = ["cliosync run --phase core"]
            for _ in 0..<3 {
                let outcome = await attempt { try await clio.run(phases: ["core"]) }
                if case .verified = outcome { return }
                said.append(outcome.text)
                try await follow(outcome.text, clio, &said)
            }
            #expect(try await clio.run(phases: ["core"]).exitCode == 0, "\(said.joined(separator: "\n"))")
        }
    }

    @Test(arguments: Damage.allCases) func theAdviceOfVerifyWorks(_ damage: Damage) async throws {
        try await withDamaged(damage) { clio in
            var said: [String] = []
            for _ in 0..<5 {
                let outcome = await attempt {
                    try await clio.manager().runStages(
                        [.verify], selection: clio.firm.selection(phases: ["core"]), force: false)
                }
                if case .verified = outcome { return }
                said.append("verify: " + outcome.text)
                try await follow(outcome.text, clio, &said)
            }
            Issue.record("\(damage): still not verified\n\(said.joined(separator: "\n"))")
        }
    }

    // MARK: Following advice

    private enum Outcome {
        case verified
        case failed(String)

        var text: String { if case .failed(let text) = self { text } else { "" } }
    }

    /// Works, and collects everything that is said about what is wrong.
    private func attempt(_ work: () async throws -> RunReport) async -> Outcome {
        do {
            let report = try await work()
            if report.exitCode == 0 { return .verified }
            let failed = (report.verify?.checks ?? []).filter { !$0.ok }
            let checks = failed.map { "\($0.entity) \($0.check): \($0.detail ?? "")" }
            return .failed((checks + report.entities.flatMap(\.notes)).joined(separator: "\n"))
        } catch {
            return .failed("\(error)")
        }
    }

    /// Runs the commands that a text names, in their order, as a person would type them.
    private func follow(_ text: String, _ clio: SimulatedClio, _ said: inout [String]) async throws {
        for folder in text.matches(of: /^(\S+)\/manifest\.ndjson: .*move its folder away/).map({ String($0.1) }) {
            try FileManager.default.moveItem(atPath: folder, toPath: clio.firm.root + "/away-\(UUID().uuidString)")
        }
        var commands = text.matches(of: /`cliosync ((?:extract|transform|load|verify|run)[^`]*)`/).map { String($0.1) }
        if text.contains("then transform and load") { commands.append("transform --phase core") }
        if text.contains("load") { commands.append("load --phase core") }
        guard !commands.isEmpty else {
            Issue.record("no command in: \(text)")
            return
        }
        for command in commands {
            said.append("  " + command)
            let words = command.split(separator: " ").map(String.init)
            func values(_ option: String) -> [String] {
                words.indices.filter { words[$0] == option }.map { words[$0 + 1] }
            }
            let stages = Stage(rawValue: words[0]).map { [$0] } ?? Stage.allCases
            do {
                _ = try await clio.manager().runStages(
                    stages, selection: clio.firm.selection(phases: values("--phase"), entities: values("--entity")),
                    force: words.contains("--force"))
            } catch {
                said.append("    \(error)")
            }
        }
    }
}
