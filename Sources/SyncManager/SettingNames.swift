internal import Foundation
internal import Pipelines

/// Finds names of settings that do not exist.
struct SettingNames {
    private let known: Set<String>
    /// Whether the pipelines were asked for the names of their batch sizes.
    private let knowsBatchSizes: Bool

    /// What the names of batch sizes begin with.
    private static let batchPrefix = Settings.batchNames.reduce(Settings.batchNames[0]) { $0.commonPrefix(with: $1) }

    /// - Parameter batchSettings: the names that the pipelines use.
    init(batchSettings: [String]) {
        known = Set(Settings.names + batchSettings)
        knowsBatchSizes = batchSettings != Settings.batchNames
    }

    /// What is wrong with a name; nil when it is a setting, or none of ours.
    func complaint(_ name: String) -> String? {
        guard !known.contains(name), knowsBatchSizes || !name.hasPrefix(Self.batchPrefix) else { return nil }
        let closest = closest(name)
        let isOurs = SettingTable.prefixes.contains { name.hasPrefix($0) }
        guard isOurs || closest != nil else { return nil }
        return "unknown setting \(name.prefix(80))" + (closest.map { "; did you mean \($0)?" } ?? "")
    }

    /// Only a name that starts like ours may be far off.
    private func closest(_ name: String) -> String? {
        let upper = name.uppercased()
        if known.contains(upper) { return upper }
        guard let closest = Suggestion.closest(to: upper, among: known.sorted()) else { return nil }
        let isOurs = upper.hasPrefix("CLIO") || upper.hasPrefix("SYNC")
        return isOurs ? closest : nil
    }
}
