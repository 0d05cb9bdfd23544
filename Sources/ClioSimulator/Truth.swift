internal import Foundation

/// The answer sheet: what is wrong with which record of a firm.
struct Truth {
    let firm: Firm

    /// Writes a line per record to a file (0600).
    func write(to path: String) throws(SimulatorError) {
        _ = FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
        guard let handle = FileHandle(forWritingAtPath: path) else { throw SimulatorError.unwritable(path) }
        do {
            var output = Output()
            for kind in Kind.allCases {
                for index in 0..<firm.original[kind.rawValue] {
                    line(kind, index, into: &output)
                    if output.bytes.count > 1 << 20 {
                        try handle.write(contentsOf: Data(output.bytes))
                        output.bytes.removeAll(keepingCapacity: true)
                    }
                }
            }
            try handle.write(contentsOf: Data(output.bytes))
            try handle.close()
        } catch {
            throw SimulatorError.unwritable(path)
        }
    }

    /// The line of a record; nothing for what a sync does not see (activities other than time entries, documents in
    /// the trash or half uploaded).
    func line(_ kind: Kind, _ index: Int, into output: inout Output) {
        if kind == .activities, firm.activityType(index) != 0 { return }
        if kind == .documents, firm.documentState(index) != 0 { return }
        output.raw(#"{"entity":"#)
        output.string(kind == .activities ? "time_entries" : kind.path)
        output.raw(#","id":"#)
        let defect = firm.defect(kind, index)
        if let defect, defect.hidesID {
            output.null()
        } else if kind == .calendarEntries {
            output.string(String(kind.identity.id(index)))
        } else {
            output.int(kind.identity.id(index))
        }
        guard let defect else { return output.raw(",\"healthy\":true}\n") }
        output.raw(#","etag":"#)
        Writers.etag(firm.etag(salt: kind.identity.salt, index, revision: 0), &output)
        output.raw(#","healthy":false,"defect":"#)
        output.string(defect.name)
        output.raw(#","rule":"#)
        output.string(defect.rule)
        output.raw(#","path":"#)
        output.string(defect.path)
        output.raw("}\n")
    }
}
