/// What a setting is for. A command names what it needs: only there is a wrong value an error.
public enum SettingUse: String, CaseIterable, Sendable {
    /// Requests to Clio.
    case requests
    /// Jobs: several stages, with limits and alarms.
    case jobs
    /// Masks of values.
    case masks
    /// The status page.
    case page
    /// Staged files in an object store.
    case remote

    /// The commands that use settings of this kind, for the documents.
    public var commands: [String] {
        switch self {
        case .requests: ["run", "resume", "extract", "estimate", "doctor", "auth"]
        case .jobs: ["run", "resume"]
        case .masks: ["run", "resume", "extract", "staged import"]
        case .page: ["serve"]
        case .remote:
            ["run", "refresh", "resume", "extract", "transform", "load", "verify", "remote", "staged import", "doctor"]
        }
    }
}
