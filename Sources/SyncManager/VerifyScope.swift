internal import Verify

/// What the verification of a run compared: all tables, or those that changed.
public struct VerifyScope: Encodable, Sendable, Equatable {
    /// Tables of which every value was compared, in alphabetical order.
    public private(set) var compared: [String] = []
    /// Tables that nothing touched since every value of them was compared: their rows were counted.
    public private(set) var untouched: [String] = []
    /// The earliest moment, UTC, at which every value of one of these tables was last compared; nil: never, or something of it
    /// was found wrong.
    public private(set) var allComparedAt: String?

    /// Nothing.
    public init() {}

    /// - Parameter before: of the phases that were verified before.
    init(_ scope: VerifyReport.Scope, after before: VerifyScope?) {
        let compared = scope.compared.union(before?.compared ?? [])
        self.compared = compared.sorted()
        untouched = scope.untouched.union(before?.untouched ?? []).subtracting(compared).sorted()
        if let before, !(before.compared + before.untouched).isEmpty {
            if let earlier = before.allComparedAt, let later = scope.wholeAt { allComparedAt = min(earlier, later) }
        } else {
            allComparedAt = scope.wholeAt
        }
    }
}
