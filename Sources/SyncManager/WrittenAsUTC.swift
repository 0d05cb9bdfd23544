internal import Staging

/// Seconds since 1970 that reports show as UTC text, without fractions.
@propertyWrapper public struct WrittenAsUTC: Encodable, Sendable, Equatable {
    /// Seconds since 1970.
    public var wrappedValue: Double?

    /// - Parameter wrappedValue: seconds since 1970.
    public init(wrappedValue: Double?) { self.wrappedValue = wrappedValue }

    /// The text, or `null`.
    public func encode(to encoder: any Encoder) throws {
        try wrappedValue.map { UTC.text(secondsSince1970: Int64($0)) }.encode(to: encoder)
    }
}
