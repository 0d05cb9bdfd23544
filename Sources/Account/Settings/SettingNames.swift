internal import Foundation
internal import Pipelines

/// Finds names of settings that do not exist.
struct SettingNames {
    private let known: Set<String>
    /// Whether the pipelines were asked for the names of their batch sizes.
    private let knowsBatchSizes: Bool

    /// What the names of batch sizes begin with.
    private static let batchPrefix = Settings.batchNames.reduce(Settings.batchNames[0]) { $0.commonPrefix(with: $1) }

    /// Variables of the network library, which reads the environment and no file.
    private static let network: Set<String> = [
        "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy", "CURL_CA_BUNDLE",
        "SSL_CERT_FILE", "SSL_CERT_DIR",
    ]

    /// - Parameter batchSettings: the names that the pipelines use.
    init(batchSettings: [String]) {
        known = Set(Settings.names + batchSettings)
        knowsBatchSizes = batchSettings != Settings.batchNames
    }

    /// Whether a name is a setting's.
    func isSetting(_ name: String) -> Bool { known.contains(name) }

    /// What is wrong with a name; nil when it is a setting, or none of ours.
    func complaint(_ name: String) -> String? {
        guard !known.contains(name), knowsBatchSizes || !name.hasPrefix(Self.batchPrefix) else { return nil }
        if Self.network.contains(name) {
            return "\(name) counts only in the environment, where other programs find it, too; set it there"
        }
        let closest = closest(name)
        let isOurs = SettingTable.prefixes.contains { name.hasPrefix($0) }
        guard isOurs || closest != nil else { return nil }
        return "unknown setting \(name.prefix(80))" + (closest.map { "; did you mean \($0)?" } ?? "")
    }

    /// Only a name that starts like ours may be far off; another may differ in one letter.
    private func closest(_ name: String) -> String? {
        let upper = name.uppercased()
        if known.contains(upper) { return upper }
        guard let closest = Suggestion.closest(to: upper, among: known.sorted()) else { return nil }
        let isOurs = upper.hasPrefix("CLIO") || upper.hasPrefix("SYNC")
        return isOurs || Suggestion.distance(upper, closest) == 1 ? closest : nil
    }
}
