/// Lengths of time as people say them.
enum Age {
    /// `40 min`, `10 h`, `6 d`.
    static func words(_ seconds: Int) -> String {
        switch seconds {
        case ..<60: "less than a minute"
        case ..<7200: "\(seconds / 60) min"
        case ..<172_800: "\(seconds / 3600) h"
        default: "\(seconds / 86_400) d"
        }
    }
}
