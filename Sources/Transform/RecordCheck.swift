internal import Bytes
internal import JSON
public import Pipelines

/// Says whether the transform would accept a record. Not Sendable: one thread at a time.
public final class RecordCheck {
    private let records: RecordTransformer
    private var copy = ByteBuffer()

    /// A check by an entity's columns and rules.
    public init(_ entity: Entity) throws(TransformError) { records = try RecordTransformer(entity) }

    /// Whether a raw line becomes a row, flagged or not.
    public func accepts(_ line: UnsafeRawBufferPointer) -> Bool {
        copy.removeAll()
        copy.append(line)
        defer {
            records.clean.removeAll()
            records.flagged.removeAll()
        }
        return records.transform(copy.bytes, part: "", number: 1) != .rejected
    }
}
