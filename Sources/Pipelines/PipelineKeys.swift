/// The keys of each block of a pipeline file; `docs/pipelines.md` and `pipeline.schema.json` are tested against it.
enum PipelineKeys {
    static let phase = ["format", "phase", "title", "order", "default", "day", "features", "views", "entities"]
    static let entity = [
        "title", "priority", "link", "endpoint", "parameters", "expect", "order", "batch", "windows", "since",
        "recent_first",
        "firm_size", "groups", "fields", "raw_only", "table",
    ]
    static let batch = ["size", "maximum", "setting"]
    static let since = ["created", "updated"]
    static let windows = ["lower", "upper", "start", "end", "bounds"]
    static let group = ["parameter", "with", "path", "of", "list", "value", "takes_null"]
    static let table = [
        "use", "name", "title", "description", "label", "search", "columns", "children", "rules", "indexes",
    ]
    static let column = [
        "from", "type", "required", "allowed", "range", "pattern", "references", "severity", "mask", "title",
        "description", "unit",
    ]
    static let reference = ["by", "to"]
    static let range = ["min", "max"]
    static let child = ["from", "parent", "title", "description", "columns", "indexes"]
    static let rule = ["check", "severity", "message"]
    static let view = ["title", "description", "tables", "sql", "columns"]
    static let viewColumns = ["names", "value"]

    static let blocks: [(name: String, keys: [String])] = [
        ("phase", phase), ("entity", entity), ("batch", batch), ("since", since), ("windows", windows),
        ("group", group), ("table", table), ("column", column), ("reference", reference), ("range", range),
        ("child", child), ("rule", rule),
        ("view", view),
        ("viewColumns", viewColumns),
    ]
}
