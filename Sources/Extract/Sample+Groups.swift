internal import JSON

extension ClioClient.Sample {
    /// The part of its records that shows an id at a path, 0 to 1.
    public func share(showing path: [String]) -> Double {
        var shown = 0
        forEachRecord { if GroupCheck.shown($0, path) != nil { shown += 1 } }
        return records > 0 ? Double(shown) / Double(records) : 1
    }

    /// How many groups its records name in a list.
    public func groups(named list: String) -> Int {
        var ids: Set<Int64> = []
        forEachRecord { record in
            record[list]?.forEachElement { if let id = $0["id"]?.int64 { ids.insert(id) } }
        }
        return ids.count
    }

    private func forEachRecord(_ body: (JSONValue) -> Void) {
        let parser = JSONParser()
        for line in lines.split(separator: UInt8(ascii: "\n")) {
            Array(line).withUnsafeBytes { bytes in
                if let record = try? parser.parse(bytes) { body(record) }
            }
        }
    }
}
