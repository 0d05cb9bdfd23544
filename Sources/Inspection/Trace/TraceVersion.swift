public import JSON

/// One version of a record: a raw line and what became of it.
public struct TraceVersion: Encodable, Sendable {
    /// What became of a raw line.
    public enum State: String, Encodable, Sendable {
        /// The line is no JSON; it only looks like this record.
        case broken
        /// Transform has not seen it yet.
        case extracted
        /// It is in no table, because of a rule or a decision.
        case rejected
        /// There is a clean line; load has not seen it yet.
        case transformed
        /// A sweep found it gone from Clio.
        case deleted
        /// Another version is newer.
        case older
        /// It is the row.
        case row
        /// It should be the row, but there is none.
        case lost
    }

    /// The phase.
    public let phase: String
    /// The entity.
    public let entity: String
    /// What became of it.
    public internal(set) var state = State.extracted
    /// The record's number over the whole connection.
    public internal(set) var sequence: Int64 = 0
    /// The raw line.
    public let raw: RawLine
    /// The page that it came in.
    public internal(set) var page = Page()
    /// The flagged line.
    public internal(set) var flagged: FlaggedLine?
    /// The clean line.
    public internal(set) var clean: CleanLine?
    /// When its part was loaded.
    public internal(set) var loadedAt: String?

    /// A raw line and where it is.
    public struct RawLine: Encodable, Sendable {
        /// The raw part's file.
        public let file: String
        /// The raw part's name.
        public let part: String
        /// The line in it, from 1.
        public let line: Int
        /// The generation of the raw layer.
        public let generation: Int
        /// The raw record.
        public let record: String

        private enum CodingKeys: CodingKey { case file, part, line, generation, record }

        /// The place with the record as JSON.
        public func encode(to encoder: any Encoder) throws {
            var members = encoder.container(keyedBy: CodingKeys.self)
            try members.encode(file, forKey: .file)
            try members.encode(part, forKey: .part)
            try members.encode(line, forKey: .line)
            try members.encode(generation, forKey: .generation)
            try members.encode(RawJSON(line: record), forKey: .record)
        }
    }

    /// A page of Clio's.
    public struct Page: Encodable, Sendable {
        /// Its number in its stream.
        public internal(set) var page = 0
        /// The stream or partition.
        public internal(set) var stream = ""
        /// Path and query as asked for.
        public internal(set) var request: String?
        /// When the page came, by this machine's clock.
        public internal(set) var receivedAt = ""
        /// When Clio sent it by its own clock, UTC.
        public internal(set) var serverDate: String?
    }

    /// A flagged line and where it is.
    public struct FlaggedLine: Encodable, Sendable {
        /// The file.
        public let file: String
        /// The line in it, from 1.
        public let line: Int
        /// What is wrong, without the raw record.
        public let violations: RawJSON
    }

    /// A clean line and where it is.
    public struct CleanLine: Encodable, Sendable {
        /// The file.
        public let file: String
        /// The line in it, from 1.
        public let line: Int
        /// The row.
        public let row: RawJSON
    }
}
