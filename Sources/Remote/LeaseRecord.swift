internal import JSON
internal import Staging

/// What the object of a lease says.
struct LeaseRecord: Sendable, Equatable {
    /// The machine, for people.
    var host: String
    /// The staging folder: its locks say whether a process of it is at work.
    var folder: String
    /// The process, so that no two have the same record.
    var process: String
    /// Seconds since 1970; 0: it was given back.
    var until: Int64
    /// Grows with every holder.
    var fence: Int64

    var text: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("holder")
        writer.string(host)
        writer.key("folder")
        writer.string(folder)
        writer.key("process")
        writer.string(process)
        writer.key("until")
        writer.string(UTC.text(secondsSince1970: until))
        writer.key("fence")
        writer.integer(fence)
        writer.endObject()
        writer.newline()
        return Array(writer.text.utf8)
    }
}

extension LeaseRecord {
    /// Reads what `text` made; nil: it is no lease.
    init?(_ bytes: [UInt8]) {
        let parser = JSONParser()
        guard let value = bytes.withUnsafeBytes({ try? parser.parse(copying: $0) }),
            let host = value["holder"]?.string, let folder = value["folder"]?.string,
            let process = value["process"]?.string, let until = value["until"]?.moment,
            let fence = value["fence"]?.int64, (0...(1 << 53)).contains(fence)
        else { return nil }
        self.init(host: host, folder: folder, process: process, until: Int64(until), fence: fence)
    }
}
