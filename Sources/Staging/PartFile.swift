/// The committed bytes of one part on disk.
public struct PartFile: Sendable, Equatable {
    /// Where it is.
    public let path: String
    /// Compressed bytes that count; bytes behind them do not exist.
    public let bytes: Int
    /// CRC-32 of these bytes.
    public let crc: UInt32
    /// Lines.
    public let records: Int

    /// Makes one from its values.
    public init(path: String, bytes: Int, crc: UInt32, records: Int) {
        self.path = path
        self.bytes = bytes
        self.crc = crc
        self.records = records
    }
}
