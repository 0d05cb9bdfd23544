package import Bytes
package import JSON
internal import Pipelines
internal import SQLite
internal import Staging

/// Turns clean and flagged lines into packed values.
package struct LineEncoder {
    package let plan: LinePlan

    package init(plan: LinePlan) { self.plan = plan }

    // MARK: Clean lines

    /// Appends a row. Keys are expected in the table's order, which costs one comparison each; another order is found
    /// by name.
    package func encode(clean line: JSONValue, sequence: Int64, into bytes: inout ByteBuffer) throws(LineError) {
        guard line.kind == .object else { throw LineError("an object is expected") }
        let first = bytes.count
        bytes.append(RecordTag.row)
        for _ in 1..<SQLitePackedRows.headerLength { bytes.append(0 as UInt8) }
        let start = bytes.count
        var columnsEnd = start
        let fields = plan.fields
        let (keyIndex, versionIndex) = (plan.keyIndex, plan.versionIndex)
        var index = 0
        var key: JSONValue?
        var version: Int64?
        var isInOrder = true
        try line.forEachMember { (name, value) throws(LineError) in
            guard isInOrder else { return }
            if index < fields.count {
                let field = fields[index]
                guard field.matches(name) else {
                    isInOrder = false
                    return
                }
                if index == keyIndex { key = value }
                if index == versionIndex { version = try instant(value, field) }
                try append(value, field, to: &bytes)
            } else {
                if index == fields.count {
                    columnsEnd = bytes.count
                    try appendVersion(key, version, sequence, &bytes)
                }
                try encode(list: value, named: name, &bytes)
            }
            index += 1
        }
        if !isInOrder || index < fields.count {
            bytes.truncate(to: start)
            columnsEnd = try encodeByName(line, sequence, &bytes)
        } else if index == fields.count {
            columnsEnd = bytes.count
            try appendVersion(key, version, sequence, &bytes)
        }
        bytes.append(0 as UInt8)
        bytes.store(UInt32(truncatingIfNeeded: columnsEnd - start), at: first + 1)
        bytes.store(UInt32(truncatingIfNeeded: bytes.count - start), at: first + 5)
    }

    private func appendVersion(
        _ key: JSONValue?, _ version: Int64?, _ sequence: Int64, _ bytes: inout ByteBuffer
    ) throws(LineError) {
        guard let key, append(key: key, to: &bytes) else {
            throw LineError(
                "column \"\(Table.keyColumn)\": \(plan.isKeyInteger ? "an integer" : "a string") is expected")
        }
        bytes.append(integer: version)
        bytes.append(integer: sequence)
    }

    /// Returns where the columns end.
    private func encodeByName(
        _ line: JSONValue, _ sequence: Int64, _ bytes: inout ByteBuffer
    ) throws(LineError) -> Int {
        var key: JSONValue?
        var version: Int64?
        for (index, field) in plan.fields.enumerated() {
            guard let value = line[field.name] else {
                throw LineError("column \"\(field.name)\" is missing; run transform again, then load")
            }
            if index == plan.keyIndex { key = value }
            if index == plan.versionIndex { version = try instant(value, field) }
            try append(value, field, to: &bytes)
        }
        let end = bytes.count
        try appendVersion(key, version, sequence, &bytes)
        try line.forEachMember { (name, value) throws(LineError) in
            if !plan.fields.contains(where: { $0.matches(name) }) { try encode(list: value, named: name, &bytes) }
        }
        return end
    }

    private func encode(
        list: JSONValue, named name: UnsafeRawBufferPointer, _ bytes: inout ByteBuffer
    ) throws(LineError) {
        guard let child = plan.children.firstIndex(where: { $0.list.matches(name) }) else {
            throw LineError(
                "\"\(String(decoding: name, as: UTF8.self))\" is no column of the table; run transform again, then load"
            )
        }
        try encode(rows: list, of: child, &bytes)
    }

    private func encode(rows: JSONValue, of child: Int, _ bytes: inout ByteBuffer) throws(LineError) {
        let list = plan.children[child].list
        guard rows.kind == .array else { throw LineError("\"\(list.name)\": an array is expected") }
        let fields = plan.children[child].fields
        var position: Int64 = 0
        try rows.forEachElement { (row) throws(LineError) in
            position += 1
            bytes.append(UInt8(truncatingIfNeeded: child + 1))
            bytes.append(integer: position)
            var index = 0
            let start = bytes.count
            var isInOrder = row.kind == .object
            try row.forEachMember { (key, value) throws(LineError) in
                guard isInOrder, index < fields.count, fields[index].matches(key) else {
                    isInOrder = false
                    return
                }
                try append(value, fields[index], to: &bytes)
                index += 1
            }
            if isInOrder, index == fields.count { return }
            bytes.truncate(to: start)
            guard row.kind == .object, row.count == fields.count else {
                throw LineError("\"\(list.name)\"[\(position - 1)]: an object of \(fields.count) columns is expected")
            }
            for field in fields {
                guard let value = row[field.name] else {
                    throw LineError("\"\(list.name)\"[\(position - 1)]: column \"\(field.name)\" is missing")
                }
                try append(value, field, to: &bytes)
            }
        }
    }

    /// Appends one value as its column's type.
    @inline(__always)
    private func append(
        _ value: JSONValue, _ field: LinePlan.Field, to bytes: inout ByteBuffer
    ) throws(LineError) {
        switch (value.kind, field.type) {
        case (.null, _): bytes.append(PackedTag.null)
        case (.string, .text), (.string, .timestamp), (.string, .date), (.string, .time), (.string, .json):
            if let text = value.utf8 { bytes.append(text: text) }
        case (.integer, .integer), (.integer, .boolean): bytes.append(integer: value.int64)
        case (.true, .boolean): bytes.append(integer: 1)
        case (.false, .boolean): bytes.append(integer: 0)
        case (.integer, .decimal), (.double, .decimal), (.unsigned, .decimal): bytes.append(real: value.double ?? 0)
        default: throw wrongType(value, field)
        }
    }

    private func wrongType(_ value: JSONValue, _ field: LinePlan.Field) -> LineError {
        LineError(
            "column \"\(field.name)\": \(field.type.rawValue) is expected, not \(value.kind); run transform again, then load"
        )
    }

    /// Appends the id; false when it is not of the key's type.
    private func append(key: JSONValue, to bytes: inout ByteBuffer) -> Bool {
        if plan.isKeyInteger {
            guard let id = key.int64 else { return false }
            bytes.append(integer: id)
        } else {
            guard key.kind == .string, let text = key.utf8 else { return false }
            bytes.append(text: text)
        }
        return true
    }

    private func instant(_ value: JSONValue, _ field: LinePlan.Field) throws(LineError) -> Int64? {
        if value.isNull { return nil }
        guard let text = value.utf8, let milliseconds = Instant.milliseconds(text) else {
            throw LineError(
                "column \"\(field.name)\": YYYY-MM-DDTHH:MM:SSZ is expected; run transform again, then load")
        }
        return milliseconds
    }

    // MARK: Flagged lines

    /// Appends a flagged record. `sequence` tells the sequence number of a line of the raw part.
    package func encode(
        flagged line: JSONValue, part: String, sequence: (Int) -> Int64?, _ writer: inout JSONWriter,
        into bytes: inout ByteBuffer
    ) throws(LineError) {
        guard line.kind == .object else { throw LineError("an object is expected") }
        guard let severity = line["severity"], severity.isString("reject") || severity.isString("warn") else {
            throw LineError("\"severity\": \"reject\" or \"warn\" is expected")
        }
        guard let number = line["line"]?.int64, let sequence = sequence(Int(number)) else {
            throw LineError("\"line\": a line of the raw part is expected")
        }
        guard let violations = line["violations"], violations.kind == .array else {
            throw LineError("\"violations\": an array is expected")
        }
        let isReject = severity.isString("reject")
        let id = line["id"]
        let tag = bytes.count
        bytes.append(isReject ? RecordTag.reject : RecordTag.warn)
        if let id, !id.isNull {
            if !append(key: id, to: &bytes) {
                // The id cannot be one of the table: kept as it was sent, and compared with nothing.
                bytes.truncate(to: tag)
                bytes.append(RecordTag.unkeyed)
                append(unkeyed: id, &writer, to: &bytes)
            }
        } else {
            bytes.truncate(to: tag)
            bytes.append(RecordTag.unkeyed)
            bytes.append(PackedTag.null)
        }
        bytes.append(integer: (line["updated_at"]?.utf8).flatMap(Instant.milliseconds))
        bytes.append(integer: sequence)
        if let text = severity.utf8 { bytes.append(text: text) }
        append(json: violations, &writer, to: &bytes)
        var part = part
        part.withUTF8 { bytes.append(text: UnsafeRawBufferPointer($0)) }
        bytes.append(integer: number)
        if let record = line["record"] {
            append(json: record, &writer, to: &bytes)
        } else {
            bytes.append(PackedTag.null)
        }
    }

    private func append(unkeyed id: JSONValue, _ writer: inout JSONWriter, to bytes: inout ByteBuffer) {
        if let number = id.int64 {
            bytes.append(integer: number)
        } else if id.kind == .string, let text = id.utf8 {
            bytes.append(text: text)
        } else {
            append(json: id, &writer, to: &bytes)
        }
    }

    private func append(json value: JSONValue, _ writer: inout JSONWriter, to bytes: inout ByteBuffer) {
        writer.removeAll()
        writer.value(value)
        bytes.append(text: writer.buffer.bytes)
    }
}
