internal import Foundation
internal import Pipelines
internal import Staging

/// What each stage reads and writes, by OpenLineage's names: Clio's list → raw files → clean and flagged files → table.
struct LineageDatasets: Sendable {
    /// Where Clio is: `https://app.clio.com`.
    let clio: String
    /// The connection's folder, absolute.
    let folder: String
    /// The database, absolute.
    let database: String
    let producer: String

    /// What a stage reads and writes.
    /// - Parameter records: what it has written; nil: it has not ended.
    func datasets(
        _ stage: Stage, _ entity: Entity, records: Int?
    ) -> (inputs: [LineageEvent.Dataset], outputs: [LineageEvent.Dataset]) {
        var output: LineageEvent.Dataset
        let inputs: [LineageEvent.Dataset]
        var others: [LineageEvent.Dataset] = []
        switch stage {
        case .extract:
            inputs = [list(entity)]
            output = layer("raw", entity)
        case .transform:
            inputs = [layer("raw", entity)]
            output = layer("clean", entity)
            output.facets.columnLineage = columns(entity, from: inputs[0]) { $0.path.joined(separator: ".") }
            others = [layer("flagged", entity)]
        case .load, .verify:
            inputs = [layer("clean", entity)]
            output = table(entity)
            output.facets.columnLineage = columns(entity, from: inputs[0]) { $0.name }
        }
        if let records {
            output.outputFacets = .init(outputStatistics: facet(LineageEvent.Statistics(rowCount: records)))
        }
        return (inputs, [output] + others)
    }

    private func facet<Content>(_ content: Content) -> LineageEvent.Facet<Content> {
        LineageEvent.Facet(content: content, producer: producer)
    }

    private func list(_ entity: Entity) -> LineageEvent.Dataset {
        LineageEvent.Dataset(namespace: clio, name: "api/v4/\(entity.endpoint)")
    }

    private func layer(_ layer: String, _ entity: Entity) -> LineageEvent.Dataset {
        var dataset = LineageEvent.Dataset(
            namespace: "file", name: "\(folder)/\(entity.phase)/\(layer)/\(entity.name)")
        if layer == "clean" { dataset.facets.schema = schema(entity) { $0.rawValue } }
        return dataset
    }

    private func table(_ entity: Entity) -> LineageEvent.Dataset {
        var dataset = LineageEvent.Dataset(namespace: "sqlite://\(database)", name: entity.table.name)
        dataset.facets.schema = schema(entity) { $0.sqlType }
        return dataset
    }

    private func schema(
        _ entity: Entity, _ type: (ColumnType) -> String
    ) -> LineageEvent.Facet<LineageEvent.Schema> {
        facet(
            LineageEvent.Schema(
                fields: entity.table.columns.map { LineageEvent.Schema.Field(name: $0.name, type: type($0.type)) }))
    }

    private func columns(
        _ entity: Entity, from input: LineageEvent.Dataset, _ field: (Column) -> String
    ) -> LineageEvent.Facet<LineageEvent.ColumnLineage> {
        var fields: [String: LineageEvent.ColumnLineage.Inputs] = [:]
        for column in entity.table.columns {
            fields[column.name] = LineageEvent.ColumnLineage.Inputs(
                inputFields: [
                    LineageEvent.ColumnLineage.Input(namespace: input.namespace, name: input.name, field: field(column))
                ])
        }
        return facet(LineageEvent.ColumnLineage(fields: fields))
    }
}

extension ColumnType {
    /// What a STRICT table declares.
    fileprivate var sqlType: String {
        switch self {
        case .integer, .boolean: "INTEGER"
        case .decimal: "REAL"
        case .text, .date, .timestamp, .time, .json: "TEXT"
        }
    }
}
