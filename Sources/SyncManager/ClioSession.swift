internal import Pipelines
final class ClioSession { init(_ m: SyncManager) throws {}; func close() {} }
extension SyncRun {
  func assess(_ s: ClioSession, _ sel: Selection) async throws {}
  func extract(_ e: [Entity], _ s: ClioSession) async throws {}
}
extension SyncManager { public func estimateSyncRequirements(connection: String, selection: Selection) async throws -> SyncEstimate { throw ConfigurationError("x") } }
