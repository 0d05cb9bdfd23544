internal import JSON

extension ClioClient.Sample {
    /// The part of its records that shows an id at a path, 0 to 1.
    public func share(showing path: [String]) -> Double {
        let parser = JSONParser()
        var shown = 0
        for line in lines.split(separator: UInt8(ascii: "\n")) {
            Array(line).withUnsafeBytes { bytes in
                if let record = try? parser.parse(bytes), GroupCheck.shown(record, path) != nil { shown += 1 }
            }
        }
        return records > 0 ? Double(shown) / Double(records) : 1
    }
}

/// What came with the groups, so that the walk of the whole list that follows them brings only the rest.
struct BroughtRecords: Sendable {
    let ids: StagedIDs

    /// Leaves out what is there.
    func trim(_ page: inout CutPage) {
        let parser = JSONParser()
        var left: [UInt8] = []
        var records = 0
        var begin = 0
        for (place, byte) in page.lines.enumerated() where byte == UInt8(ascii: "\n") {
            let line = begin..<place + 1
            begin = place + 1
            let isThere = page.lines[line].withUnsafeBytes { text -> Bool in
                let text = UnsafeRawBufferPointer(rebasing: text.dropLast())
                return ids.contains((try? parser.parse(text))?["id"], text)
            }
            guard !isThere else { continue }
            left += page.lines[line]
            records += 1
        }
        page.lines = left
        page.records = records
    }
}
