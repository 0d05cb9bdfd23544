/// On whose behalf a request is sent.
struct CallContext: Sendable {
    var entity = ""
    var stream = ""
    /// A lower number goes first.
    var priority = 0
    var isStopping: @Sendable () -> Bool = { false }
    var onEvent: @Sendable (ExtractEvent) -> Void = { _ in }
}
