/// How the pages of a stream ended.
enum StreamEnd: Sendable, Equatable {
    /// After its last page.
    case finished
    /// Early, because its owner needs no more of it.
    case satisfied
    /// 422: the list shows no more.
    case limitReached
    /// A cursor is no longer accepted, and the list cannot have come to Clio's limit.
    case cursorLost
    /// The very first request was refused (400): a field, a parameter, or a cursor that is too old.
    case refused(ClioError)
    /// The first page was not what was asked for; it was not kept.
    case rejected(CutPage)

    /// Whether the stream did not come to its end, and another one may have to continue it.
    var isEarly: Bool {
        switch self {
        case .limitReached, .cursorLost, .refused: true
        case .finished, .satisfied, .rejected: false
        }
    }
}
