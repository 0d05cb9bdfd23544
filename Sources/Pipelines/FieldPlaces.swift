internal import Yams

/// Where a pipeline file requests a field, for advice on what to change.
public enum FieldPlaces {
    /// `core.yaml:72`: the line of a field, of the list of fields where it has none, or else the file alone.
    /// - Parameter field: `name`, or `client.name` for a field of an association; nil: the entity itself.
    public static func place(of field: String?, in entity: Entity, folder: String) -> String {
        let file = "\(entity.phase).yaml"
        let problems = ProblemList()
        let path = folder.hasSuffix("/") ? folder + file : "\(folder)/\(file)"
        guard let root = YAMLFile.read(path: path, name: file, problems) else { return file }
        return place(of: field, entity.name, root) ?? file
    }

    private static func place(of field: String?, _ entity: String, _ root: YAMLValue) -> String? {
        guard let list = root.entries("")?.first(where: { $0.name == "entities" })?.value.entries(""),
            let found = list.first(where: { $0.name == entity })
        else { return nil }
        guard let field else { return line(found.key) }
        guard let fields = found.value.entries("")?.first(where: { $0.name == "fields" }) else { return nil }
        let name = field.prefix { $0 != "." }
        let element = fields.value.list("")?.first { $0.written.prefix { $0 != "{" } == name }
        return line(element ?? fields.key)
    }

    private static func line(_ value: YAMLValue) -> String? {
        value.node.mark.map { "\(value.file):\($0.line)" }
    }
}
