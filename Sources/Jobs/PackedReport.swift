internal import Bytes
internal import Gzip

/// A report as the job record keeps it: JSON, and gzip where that succeeds, which takes a tenth of the room.
///
/// A hundred of them would otherwise be larger than the staged files of a small firm.
struct PackedReport {
    /// For the column `report`, as earlier versions wrote it.
    var text: String?
    /// For the column `packed_report`.
    var packed: [UInt8]?

    /// Whether either is there.
    static let exists = "(report IS NOT NULL OR packed_report IS NOT NULL)"

    init(text: String?, packed: [UInt8]?) {
        self.text = text
        self.packed = packed
    }

    init(_ report: JobRunReport) {
        let json = report.json
        var member = ByteBuffer()
        let bytes = Array(json.utf8)
        guard bytes.count < GzipMember.largest,
            (try? bytes.withUnsafeBytes { try Deflater(level: 6).compress($0, to: &member) }) != nil
        else {
            text = json
            return
        }
        packed = member.array()
    }

    /// The report; nil when there is none, or none that this version can read.
    var report: JobRunReport? {
        if let packed {
            guard let bytes = try? packed.withUnsafeBytes({ try GzipMember.inflate($0) }) else { return nil }
            return JobRunReport(json: String(decoding: bytes, as: UTF8.self))
        }
        return text.flatMap { JobRunReport(json: $0) }
    }
}
