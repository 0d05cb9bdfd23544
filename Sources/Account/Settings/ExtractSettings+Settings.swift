package import Extract
internal import Foundation
package import Logging
package import Pipelines
internal import Staging

extension ExtractSettings {
    /// What the settings of a firm say about requests.
    package init(_ settings: Settings, _ catalog: Catalog, _ logger: Logger) {
        self.init()
        baseURL = settings.baseURL
        requestTimeout = Double(settings.requestTimeoutMilliseconds) / 1000
        connectTimeout = min(connectTimeout, requestTimeout)
        share = settings.quotaShare
        requestsPerMinute = settings.requestsPerMinute
        burst = settings.burst
        concurrency = settings.maximumConcurrentRequests
        budgetFolder = Self.sharedBudgetFolder()
        maskKey = settings.maskKey
        for entity in catalog.entities {
            guard let name = entity.batchSetting, let size = settings.batchSizes[name] else { continue }
            if size > entity.maximumBatchSize {
                logger.warning("\(name) is \(size), but Clio serves at most \(entity.maximumBatchSize): that is used")
            }
            batchSizes[entity.name] = min(size, entity.maximumBatchSize)
        }
    }

    /// Where all processes of this user share a token's budget.
    static func sharedBudgetFolder() -> String {
        let runtime = Variables.folder("XDG_RUNTIME_DIR")
        return runtime.map { $0 + "/cliosync" } ?? "\(Variables.folder("TMPDIR") ?? "/tmp")/cliosync-\(getuid())"
    }
}
