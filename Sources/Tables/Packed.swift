internal import SQLite

/// Reading packed values without binding them.
package enum Packed {
    package static func skip(_ values: UnsafeRawPointer, count: Int) -> UnsafeRawPointer {
        var next = values
        for _ in 0..<count {
            switch next.load(as: UInt8.self) {
            case PackedTag.null: next += 1
            case PackedTag.text: next += 5 + Int((next + 1).loadUnaligned(as: Int32.self))
            default: next += 9
            }
        }
        return next
    }

    /// The version after an id: updated_at (null is the oldest) and sequence.
    package static func version(_ id: UnsafeRawPointer) -> (updatedAt: Int64, sequence: Int64) {
        let updatedAt = skip(id, count: 1)
        let isNull = updatedAt.load(as: UInt8.self) == PackedTag.null
        let sequence = updatedAt + (isNull ? 1 : 9)
        return (
            isNull ? .min : (updatedAt + 1).loadUnaligned(as: Int64.self),
            (sequence + 1).loadUnaligned(as: Int64.self)
        )
    }

    package static func sequence(_ id: UnsafeRawPointer) -> Int64 { version(id).sequence }
}
