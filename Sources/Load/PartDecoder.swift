internal import Bytes
internal import JSON
internal import Pipelines
internal import Staging
internal import Tables

/// One part to load.
struct PartWork: Sendable {
    let phase: String
    let entity: String
    let part: ResultPart
    let generation: Int
    let rawGeneration: Int
    /// The bit of the feeding entity in the column `feeders` of the row versions.
    let bit: Int64
}

/// Reads the lines of one part after another into batches. Not Sendable: the reader's thread owns it.
final class PartDecoder {
    private let parts: [PartWork]
    private let encoder: LineEncoder
    private let scanner: CleanScanner
    private let parser = JSONParser()
    private var writer = JSONWriter()
    private var index = 0
    private var source: Source?

    /// The file that is being read.
    private struct Source {
        let reader: NDJSONReader
        let file: PartFile
        let isClean: Bool
        var numbers: CleanLineNumbers
    }

    init(parts: [PartWork], table: Table) {
        self.parts = parts
        let plan = LinePlan(table)
        encoder = LineEncoder(plan: plan)
        scanner = CleanScanner(plan: plan)
    }

    /// Fills a batch; false when it is the last one.
    func fill(_ batch: inout Batch) -> Bool {
        guard index < parts.count else { return false }
        batch.part = index
        do throws(LoadError) {
            batch.endsPart = try decode(parts[index].part, &batch)
            if batch.endsPart { index += 1 }
        } catch {
            batch.failure = error
            return false
        }
        return index < parts.count
    }

    /// True at the end of the part.
    private func decode(_ part: ResultPart, _ batch: inout Batch) throws(LoadError) -> Bool {
        if source == nil {
            source = try open(part.clean, of: part, isClean: true)
            if source == nil { source = try open(part.flagged, of: part, isClean: false) }
        }
        while var current = source {
            let more = try decode(&current, of: part, &batch)
            source = current
            if more { return false }
            source = current.isClean ? try open(part.flagged, of: part, isClean: false) : nil
        }
        return true
    }

    private func open(_ file: PartFile?, of part: ResultPart, isClean: Bool) throws(LoadError) -> Source? {
        guard let file else { return nil }
        do throws(StagingError) {
            return Source(
                reader: try NDJSONReader(file), file: file, isClean: isClean, numbers: part.cleanLines)
        } catch {
            throw LoadError(error)
        }
    }

    /// True when the batch is full and there is more in the file.
    private func decode(
        _ current: inout Source, of part: ResultPart, _ batch: inout Batch
    ) throws(LoadError) -> Bool {
        while batch.bytes.count < Batch.size {
            guard let line = try next(current.reader) else {
                guard current.reader.line == current.file.records else {
                    throw LoadError(
                        .line,
                        "\(current.file.shownPath): has \(current.reader.line) lines where its manifest counts "
                            + "\(current.file.records); run transform again with --force")
                }
                return false
            }
            do {
                if current.isClean {
                    guard let number = current.numbers.next() else {
                        throw LineError("the manifest counts fewer lines; run transform again with --force")
                    }
                    if !scanner.scan(line, sequence: number.sequence, into: &batch.bytes) {
                        try encoder.encode(
                            clean: try parser.parse(line), sequence: number.sequence, into: &batch.bytes)
                    }
                } else {
                    try encoder.encode(
                        flagged: try parser.parse(line), part: part.part,
                        sequence: { 1...max(1, part.records) ~= $0 ? part.sequence(ofRawLine: $0) : nil }, &writer,
                        into: &batch.bytes)
                }
            } catch {
                let message =
                    switch error {
                    case let error as LineError: error.message
                    case let error as JSONError: "no JSON (\(error.message)); run transform again with --force"
                    default: "\(error)"
                    }
                throw LoadError(.line, "\(current.file.shownPath) line \(current.reader.line): \(message)")
            }
        }
        return true
    }

    private func next(_ reader: NDJSONReader) throws(LoadError) -> UnsafeRawBufferPointer? {
        do throws(StagingError) { return try reader.next() } catch { throw LoadError(error) }
    }
}
