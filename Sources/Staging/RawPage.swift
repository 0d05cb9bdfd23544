/// One page of Clio's answer, cut into lines: what extract commits.
public struct RawPage: Sendable {
    /// The stream that it belongs to.
    public var stream: StreamKey
    /// Minified records, each ended by a line feed.
    public var lines: [UInt8]
    /// Records in it.
    public var records: Int
    /// Path and query as asked for; no host, no secret.
    public var request: String
    /// `meta.paging.next`; nil: the stream ends here.
    public var next: String?
    /// `meta.records`.
    public var reportedTotal: Int?
    /// When it came, UTC by this machine's clock.
    public var receivedAt: String
    /// When the server sent it, by its own clock (the Date header), seconds since 1970; nil: it did not say.
    public var serverTime: Double?
    /// The lowest and the highest id, where ids are integers.
    public var ids: ClosedRange<Int64>?
    /// Whether its lines are masked already.
    public var isMasked: Bool

    /// Makes one from its values.
    public init(
        stream: StreamKey, lines: [UInt8], records: Int, request: String, next: String?, reportedTotal: Int?,
        receivedAt: String = UTC.now(), serverTime: Double? = nil, ids: ClosedRange<Int64>? = nil,
        isMasked: Bool = false
    ) {
        self.stream = stream
        self.lines = lines
        self.records = records
        self.request = request
        self.next = next
        self.reportedTotal = reportedTotal
        self.receivedAt = receivedAt
        self.serverTime = serverTime
        self.ids = ids
        self.isMasked = isMasked
    }
}
