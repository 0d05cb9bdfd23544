/// What a run must keep to.
public struct RunLimits: Sendable, Equatable {
    /// Rejected records of an entity beyond which its phase counts as partly done; nil: no limit.
    public var maxRejected: RejectionLimit?
    /// Whether a stage is refused that will not find room on the disk.
    public var checksDiskSpace = true

    /// No limit on rejects; disk space is checked.
    public init() {}
}

/// `--max-rejected`: a number of records, or a share of an entity's records such as `0.5%`.
public struct RejectionLimit: Sendable, Equatable, CustomStringConvertible {
    /// As it was written.
    public let description: String
    private let most: Most

    private enum Most: Equatable {
        case records(Int)
        /// In percent.
        case share(Double)
    }

    /// Reads `25` or `0.5%`; nil for anything else, and for a share above 100 %.
    public init?(_ text: String) {
        description = text
        if text.hasSuffix("%") {
            guard let share = Double(text.dropLast()), (0...100).contains(share) else { return nil }
            most = .share(share)
        } else {
            guard let records = Int(text), records >= 0 else { return nil }
            most = .records(records)
        }
    }

    /// Whether so many rejects of so many records are more than allowed.
    public func isExceeded(rejected: Int, records: Int) -> Bool {
        switch most {
        case .records(let most): rejected > most
        case .share(let share): Double(rejected) * 100 > share * Double(records)
        }
    }
}
