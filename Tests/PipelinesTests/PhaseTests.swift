import Foundation
import TestSupport
import Testing

@testable import Pipelines

/// Phases are what the files say, whatever their names.
@Suite struct PhaseTests {
    private func file(_ phase: String, _ lines: String = "", entity: String = "things") -> [UInt8] {
        Array(
            """
            format: 1
            phase: \(phase)
            title: A phase
            \(lines)
            entities:
              \(entity):
                title: Things
                priority: 1
                endpoint: things
                order: id(asc)
                fields: [id]
                table: {columns: {id: {type: integer, required: true}}}
            """.utf8)
    }

    @Test("Under other names of phases and entities the catalog is the same")
    func renamed() throws {
        let files = try RenamedPipelines.of(URL(filePath: Repository.pipelines))
        let renamed = try Catalog.load(files: files.mapValues { Array($0.utf8) })
        let stock = try Repository.catalog()
        #expect(renamed.phases.allSatisfy { $0.name.hasPrefix(RenamedPipelines.phasePrefix) })
        #expect(renamed.entities.allSatisfy { $0.name.hasPrefix(RenamedPipelines.entityPrefix) })
        let text = String(reflecting: renamed).replacing(RenamedPipelines.phasePrefix, with: "")
            .replacing(RenamedPipelines.entityPrefix, with: "")
        #expect(text == String(reflecting: stock))
    }

    @Test("Phases run by order, then by day, then by name")
    func order() throws {
        let catalog = try Catalog.load(files: [
            "late": file("late", "order: 7", entity: "a"), "early": file("early", "order: 3\nday: \"9\"", entity: "b"),
            "second": file("second", "day: \"2\"", entity: "c"), "first": file("first", "day: \"1-2\"", entity: "d"),
            "alpha": file("alpha", "day: \"2\"", entity: "e"),
        ])
        #expect(catalog.phases.map(\.name) == ["first", "alpha", "second", "early", "late"])
    }

    @Test("A phase that is run on request is not among the default ones")
    func onRequest() throws {
        let catalog = try Catalog.load(files: [
            "usual": file("usual", entity: "a"), "rare": file("rare", "default: false", entity: "b"),
        ])
        #expect(catalog.phases.map(\.name) == ["rare", "usual"])
        #expect(catalog.defaultPhases.map(\.name) == ["usual"])
    }

    @Test("SQLite knows no reference from a default phase to one on request, whose table may never exist")
    func undeclaredReferences() throws {
        let catalog = try Repository.catalog()
        func column(_ phase: String, _ entity: String, _ name: String) throws -> Column {
            try #require(catalog.phase(named: phase)?.entity(named: entity)?.table.column(named: name))
        }
        let stage = try column("core", "matters", "matter_stage_id")
        #expect(stage.references == "matter_stages" && !stage.isReferenceDeclared)
        #expect(try column("core", "matters", "client_id").isReferenceDeclared)
        #expect(try column("billing", "bills", "client_id").isReferenceDeclared)
        let indexes = try #require(catalog.phase(named: "core")?.entity(named: "matters")?.table.allIndexes)
        #expect(!indexes.contains { $0.columns == ["matter_stage_id"] })
        #expect(indexes.contains { $0.columns == ["client_id"] })
    }

    @Test("Wrong keys of a phase are said at their place")
    func problems() throws {
        let error = try #require(throws: PipelineError.self) {
            try Catalog.load(files: ["rare": file("rare", "order: -1\ndefault: never")])
        }
        #expect(error.problems.map(\.line) == [4, 5])
    }

    @Test("No source names a phase or an entity")
    func sources() throws {
        let catalog = try Repository.catalog()
        let phases = catalog.phases.map(\.name).joined(separator: "|")
        // What is also a key of the files may be named.
        let keys = Set(PipelineKeys.blocks.flatMap(\.keys))
        let entities = catalog.entities.map(\.name).filter { !keys.contains($0) }.joined(separator: "|")
        let names = "(?:\(phases)|\(entities))"
        // A whole literal, an entity of a phase, a file of a phase, a folder of an entity; names of two words anywhere.
        let long = catalog.entities.map(\.name).filter { $0.contains("_") }.joined(separator: "|")
        let pattern = try Regex(
            "\"\(names)\"|\\b(?:\(phases))\\.(?:\(entities))\\b|\\b(?:\(phases))\\.yaml|(?:raw|clean|flagged)/\(names)\\b|\\b(?:\(long))\\b"
        )
        let root = Repository.root.appending(path: "Sources")
        let paths = FileManager.default.enumerator(atPath: root.path)?.compactMap { $0 as? String } ?? []
        var checked = 0
        // The simulator is a Clio; the starter lists the files that are built into the program.
        for path in paths.sorted()
        where path.hasSuffix(".swift") && !path.hasPrefix("ClioSimulator/") && !path.hasPrefix("clio-simulator/")
            && path != "cliosync/Starter.swift"
        {
            checked += 1
            var text = try String(contentsOf: root.appending(path: path), encoding: .utf8)
            // The examples of help texts.
            text.replace(/discussion:\s*"""(?s:.*?)"""/, with: "")
            text.replace(/discussion: "[^\n]*"/, with: "")
            for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
            where !line.contains(/\/\/|[Ee]xample/) {
                #expect(line.firstMatch(of: pattern) == nil, "\(path), about line \(index + 1): \(line)")
            }
        }
        #expect(checked > 200)
    }
}
