public import Pipelines
public import Staging

extension LayerMask {
    /// What an entity's pipeline file masks; nil when it masks nothing, and then no key is made or looked for.
    public static func of(
        _ entity: Entity, in folder: ConnectionFolder, key: String?
    ) throws(StagingError) -> LayerMask? {
        guard !entity.masks.isEmpty else { return nil }
        let fields = entity.masks.map { field in
            (
                path: field.path, replacement: field.mask == .drop ? LayerMask.Replacement.null : .hash,
                text: field.text
            )
        }
        return LayerMask(fields, key: try MaskKey.load(folder, setting: key))
    }
}
