internal import Bytes
internal import JSON
internal import Pipelines
internal import Staging

/// Transforms one raw part after the other. Not Sendable: each worker has its own.
final class PartTransformer {
    private let records: RecordTransformer
    /// Bytes that are collected before they are handed to the compressor.
    private static let chunk = 1 << 18

    init(_ entity: Entity, decisions: DecisionSet? = nil) throws(TransformError) {
        records = try RecordTransformer(entity, decisions: decisions)
    }

    /// Transforms a part into files at the two paths.
    func run(
        _ part: RawPart, file: PartFile, pages: [PageSpan], cleanPath: String, flaggedPath: String
    ) throws(TransformError) -> ResultPart {
        do throws(StagingError) {
            let reader = try NDJSONReader(file)
            let clean = try NDJSONWriter(path: cleanPath)
            let flagged = try NDJSONWriter(path: flaggedPath)
            var tally = Tally()
            records.clean.removeAll()
            records.flagged.removeAll()
            while let line = try reader.next() {
                let outcome = records.transform(line, part: part.name, number: reader.line)
                tally.add(outcome, line: reader.line, records.violations, records.reviewed)
                if records.clean.buffer.count >= Self.chunk { try flush(&tally, clean, flagged) }
            }
            guard reader.line == part.records else {
                throw StagingError(
                    .corrupt,
                    "\(file.shownPath): has \(reader.line) lines where its manifest counts \(part.records); "
                        + file.remedy)
            }
            try flush(&tally, clean, flagged)
            return ResultPart(
                part: part.name, rawCRC: part.crc, records: part.records, accepted: tally.accepted,
                rejected: tally.rejectedLines.count, warned: tally.warned, clean: try clean.finish(),
                flagged: try flagged.finish(), pages: pages, rejectedLines: tally.rejectedLines, rules: tally.rules,
                review: tally.review)
        } catch {
            throw TransformError(error)
        }
    }

    private func flush(_ tally: inout Tally, _ clean: NDJSONWriter, _ flagged: NDJSONWriter) throws(StagingError) {
        if tally.newClean > 0 { try clean.write(records.clean.buffer.bytes, lines: tally.newClean) }
        if tally.newFlagged > 0 { try flagged.write(records.flagged.buffer.bytes, lines: tally.newFlagged) }
        tally.newClean = 0
        tally.newFlagged = 0
        records.clean.removeAll()
        records.flagged.removeAll()
    }
}

/// The counts of one part.
private struct Tally {
    var accepted = 0
    var warned = 0
    var rejectedLines: [Int] = []
    var rules: [String: Int] = [:]
    var review = ReviewCounts()
    var newClean = 0
    var newFlagged = 0

    mutating func add(
        _ outcome: RecordTransformer.Outcome, line: Int, _ violations: [Violation], _ reviewed: Decision.Verdict?
    ) {
        switch outcome {
        case .accepted:
            accepted += 1
            newClean += 1
            return
        case .warned:
            accepted += 1
            warned += 1
            newClean += 1
        case .rejected: rejectedLines.append(line)
        }
        newFlagged += 1
        switch reviewed {
        case .accept: review.accepted += 1
        case .reject: review.rejected += 1
        case nil: break
        }
        for violation in violations { rules[violation.rule, default: 0] += 1 }
    }
}
