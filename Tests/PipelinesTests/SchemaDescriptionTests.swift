import Pipelines
import Testing

/// The data dictionary says what the pipeline files say.
@Suite struct SchemaDescriptionTests {
    @Test func everyTableChildTableAndViewOfTheStockFilesIsDescribed() throws {
        let catalog = try Repository.catalog()
        let schema = SchemaDescription(catalog)
        let names = schema.tables.map(\.name)
        #expect(Set(names).count == names.count)
        for table in catalog.tables {
            #expect(schema.tables.first { $0.name == table.name }?.columns.map(\.name) == table.columns.map(\.name))
            for child in table.children {
                #expect(
                    schema.tables.first { $0.name == child.name }?.columns.map(\.name)
                        == [child.parentColumn, "position"] + child.columns.map(\.name))
            }
        }
        for view in catalog.views { #expect(names.contains(view.name)) }
        #expect(names.contains("flagged_records"))
    }

    @Test func aColumnShowsWhereClioHasItAndWhatItIsMeasuredIn() throws {
        let schema = SchemaDescription(try Repository.catalog())
        func column(_ table: String, _ name: String) throws -> DescribedColumn {
            try #require(schema.tables.first { $0.name == table }?.columns.first { $0.name == name })
        }
        let size = try column("documents", "version_size")
        #expect(size.source == "latest_document_version.size" && size.unit == "bytes" && size.storage == "INTEGER")
        #expect(try column("time_entries", "quantity").unit == "seconds")
        #expect(try column("matters", "client_id").references == ["contacts"])
        #expect(try column("matters", "updated_at").words == "UTC")
        let parent = try column("matter_relationships", "matter_id")
        #expect(parent.references == ["matters"] && parent.required && parent.source == nil)
        #expect(try column("user_groups", "group_id").source == "groups[].id")
        #expect(schema.tables.first { $0.name == "contacts" }?.sources == ["core.contacts", "supporting.contacts"])
        #expect(schema.only(["tasks"]).tables.map(\.name) == ["tasks"])
    }

    /// A number whose unit is not part of its name says what it is measured in, or what it means.
    @Test func everyQuantityHasAUnitOrAMeaning() throws {
        let isPlain = ["id", "position", "number", "order", "count", "version_number", "field_display_order"]
        for table in SchemaDescription(try Repository.catalog()).tables {
            for column in table.columns where ["integer", "decimal"].contains(column.type) {
                let isCounted = isPlain.contains { column.name == $0 || column.name.hasSuffix("_" + $0) }
                #expect(
                    isCounted || column.unit != nil || column.meaning != nil || !column.references.isEmpty,
                    "\(table.name).\(column.name) needs a unit or a description")
            }
        }
    }
}
