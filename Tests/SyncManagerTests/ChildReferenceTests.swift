import SQLite
import StagedFirm
import SyncManager
import Testing

/// A reference to the elements of a list of another record, such as the options of a picklist.
@Suite struct ChildReferenceTests {
    private static let core = """
        format: 1
        phase: core
        title: T
        day: "1"
        entities:
          matters:
            title: Matters
            priority: 1
            endpoint: matters
            fields: [id, choice, "values{option}"]
            table:
              columns:
                id: {type: integer, required: true}
                choice: {type: text, references: options}
              children:
                matter_values:
                  from: values
                  parent: matter_id
                  columns: {option: {type: integer, references: options}}
          fields:
            title: Fields
            priority: 1
            endpoint: custom_fields
            fields: [id, "options{id}"]
            table:
              columns: {id: {type: integer, required: true}}
              children:
                options:
                  from: options
                  parent: field_id
                  columns: {id: integer}
                  indexes: [[id]]

        """

    private func warned(_ firm: StagedFirm) throws -> [String] {
        try SQLiteConnection(path: firm.database, mode: .readOnly).rows(
            "SELECT id || ' ' || path || ' ' || value FROM flagged_violations WHERE rule = 'reference' ORDER BY 1"
        ).map { $0[0].string ?? "" }
    }

    /// Ids that are numbers as well as texts; an option that comes back, or goes, is looked for again.
    @Test func elementsAreLookedForByLoadAndVerify() async throws {
        let firm = try StagedFirm(pipelines: [Self.core])
        try await firm.stage(
            "matters",
            [
                #"{"id":1,"choice":"7","values":[{"option":7},{"option":8}]}"#,
                #"{"id":2,"choice":"9","values":[{"option":null},{"option":9}]}"#,
                #"{"id":3,"choice":null,"values":[]}"#,
            ])
        let matters = try await firm.run(entities: ["matters"])
        #expect(matters.ending == .done)
        #expect(try warned(firm) == [])
        try await firm.stage("fields", [#"{"id":1,"options":[{"id":7}]}"#, #"{"id":2,"options":[{"id":8},{"id":7}]}"#])
        #expect(try await firm.run().ending == .done)
        #expect(try warned(firm) == ["2 choice 9", "2 values[1].option 9"])
        try await firm.stage("fields", [#"{"id":1,"options":[{"id":9}]}"#, #"{"id":2,"options":[]}"#], force: true)
        #expect(try await firm.run().ending == .done)
        #expect(try warned(firm) == ["1 choice 7", "1 values[0].option 7", "1 values[1].option 8"])
    }
}
