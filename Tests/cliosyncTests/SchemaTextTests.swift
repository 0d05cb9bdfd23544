import Pipelines
import Testing

@testable import cliosync

@Suite struct SchemaTextTests {
    private var text: SchemaText { get throws { SchemaText(SchemaDescription(try Starter.catalog())) } }

    @Test func theDiagramHasABoxForEachTableAndAnArrowForEachReference() throws {
        let diagram = try text.mermaid
        #expect(diagram.hasPrefix("erDiagram\n"))
        #expect(diagram.contains("    matters {\n        INTEGER id PK\n"))
        #expect(diagram.contains("    contacts |o--o{ matters : client_id"))
        #expect(diagram.contains("    matters ||--o{ matter_relationships : matter_id"))
    }

    @Test func theTextNamesUnitMeaningAndReference() throws {
        let schema = SchemaDescription(try Starter.catalog()).only(["time_entries"])
        let markdown = SchemaText(schema).markdown
        #expect(markdown.contains("| `quantity` | decimal, seconds | `quantity` | Seconds: In seconds, not hours"))
        #expect(markdown.contains("refers to matters"))
        #expect(SchemaText(schema).plain.contains("quantity"))
    }
}
