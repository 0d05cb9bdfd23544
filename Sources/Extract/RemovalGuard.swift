/// How many records may be taken out of a list before a person has looked at it.
public enum RemovalGuard {
    /// This many are never too many, unless they are the whole list.
    public static let few = 20
    /// The share of a list beyond which a removal waits for a person, as one of so many.
    public static let share = 20

    /// Whether a person has to say that so many records may go: more than 5 % of the list and more than 20, or all of it.
    public static func stops(removing gone: Int, of total: Int) -> Bool {
        guard gone > 0 else { return false }
        if gone >= total { return true }
        return gone > few && gone > total / share && gone * share > total
    }

    /// The numbers, for a person.
    static func text(_ list: String, removing gone: Int, of total: Int, user: String?) -> String {
        let percent = total > 0 ? Double(gone) * 100 / Double(total) : 100
        let rounded = (percent * 10).rounded() / 10
        return "\(gone) of \(total) records (\(rounded) %) of \(list) are gone from Clio, or not shown to "
            + (user ?? "this user")
            + "; nothing was deleted; if they are to go, run the same command with --accept-removals"
    }
}
