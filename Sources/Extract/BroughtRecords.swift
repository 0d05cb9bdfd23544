internal import JSON

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
