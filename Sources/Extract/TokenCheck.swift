/// What a look at a renewed token showed, before it is used.
struct TokenCheck: Sendable {
    /// Why it may not be used.
    var refusal: ClioError?
    /// Whether Clio accepted it: when it is refused later, it has only expired.
    var isAccepted = false
}
