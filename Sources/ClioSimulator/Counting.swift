/// How far `meta.records` is to be trusted.
public enum Counting: String, Sendable, CaseIterable {
    /// It is the number of records.
    case exact
    /// It is missing.
    case absent
    /// Three too many.
    case more
    /// Three too few.
    case fewer
    /// A thousand, whatever was asked.
    case constant
    /// Ten thousand, as where a count ends.
    case saturated
    /// Higher with every list request.
    case rising

    /// What is said of so many records in the answer to the list request with this number; nil for nothing.
    func told(_ records: Int, request: Int) -> Int? {
        switch self {
        case .exact: records
        case .absent: nil
        case .more: records + 3
        case .fewer: max(0, records - 3)
        case .constant: 1_000
        case .saturated: 10_000
        case .rising: records + request
        }
    }
}
