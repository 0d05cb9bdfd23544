/// How an update of a finished list finds what was deleted.
public enum DeletionMode: String, Sendable, CaseIterable {
    /// By bisecting Clio's counts; by all ids where that is not possible, or costs more.
    case counts
    /// By all ids.
    case sweep
    /// By all ids; edits without a new `updated_at` are found by their etags.
    case deep
    /// Not at all.
    case off
}
