/// What is shipped under which number. The packages read it from here (`scripts/dist/version`).
public enum Release {
    /// Semantic: major.minor.patch, without a leading `v`.
    public static let version = "0.9.0"
}
