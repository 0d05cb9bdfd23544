/// On whose behalf a request is sent.
struct CallContext: Sendable {
    var entity = ""
    var stream = ""
    /// A lower number goes first.
    var priority: @Sendable () -> Int = { 0 }
    var isStopping: @Sendable () -> Bool = { false }
    var onEvent: @Sendable (ExtractEvent) -> Void = { _ in }
}
