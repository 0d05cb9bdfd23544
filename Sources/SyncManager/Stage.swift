/// A step of the pipeline that can be run by itself.
public enum Stage: String, Sendable, CaseIterable {
    case extract, transform, load, verify
}
