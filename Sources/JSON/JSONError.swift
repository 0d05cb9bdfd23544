/// Why a text is no JSON.
public struct JSONError: Error, CustomStringConvertible, Equatable {
    /// The byte at which reading stopped, from 0.
    public let offset: Int
    /// What was wrong there; never a value.
    public let message: String

    /// What was wrong and where, in one line.
    public var description: String { "\(message) at byte \(offset)" }

    init(offset: Int, message: String) {
        self.offset = offset
        self.message = message
    }
}
