/// Text that is JSON already, for example a raw record: `OrderedEncoder` writes it as it is.
public struct RawJSON: Encodable, Sendable, Equatable {
    /// The JSON.
    public let text: String

    /// - Parameter text: minified JSON.
    public init(_ text: String) { self.text = text }

    /// Other encoders get the text.
    public func encode(to encoder: any Encoder) throws { try text.encode(to: encoder) }
}

/// A number that `OrderedEncoder` does not round.
@propertyWrapper public struct Unrounded: Encodable, Sendable, Equatable {
    /// The number; nil is written as `null`.
    public var wrappedValue: Double?

    /// - Parameter wrappedValue: the number.
    public init(wrappedValue: Double?) { self.wrappedValue = wrappedValue }

    /// The number itself.
    public func encode(to encoder: any Encoder) throws { try wrappedValue.encode(to: encoder) }
}

/// The key of a member whose name is data, for example a table's: `OrderedEncoder` writes it as it is.
public struct MemberName: CodingKey, Sendable {
    /// The name.
    public let stringValue: String

    /// - Parameter name: the name.
    public init(_ name: String) { stringValue = name }
    /// Any name will do.
    public init?(stringValue: String) { self.init(stringValue) }
    /// Members have no numbers.
    public init?(intValue: Int) { nil }
    /// nil.
    public var intValue: Int? { nil }
}

/// What may be left out of its object.
protocol Omittable {
    var isOmitted: Bool { get }
}

/// A member that `OrderedEncoder` leaves out when it is nil, instead of writing `null`.
@propertyWrapper public struct OmittedWhenNil<Value: Encodable>: Encodable, Omittable {
    /// The value.
    public var wrappedValue: Value?
    var isOmitted: Bool { wrappedValue == nil }

    /// - Parameter wrappedValue: the value.
    public init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }

    /// The value, or `null` where nothing can be left out.
    public func encode(to encoder: any Encoder) throws { try wrappedValue.encode(to: encoder) }
}

extension OmittedWhenNil: Sendable where Value: Sendable {}
extension OmittedWhenNil: Equatable where Value: Equatable {}

/// A list that `OrderedEncoder` leaves out when it is empty.
@propertyWrapper public struct OmittedWhenEmpty<Element: Encodable>: Encodable, Omittable {
    /// The list.
    public var wrappedValue: [Element]
    var isOmitted: Bool { wrappedValue.isEmpty }

    /// - Parameter wrappedValue: the list.
    public init(wrappedValue: [Element]) { self.wrappedValue = wrappedValue }

    /// The list.
    public func encode(to encoder: any Encoder) throws { try wrappedValue.encode(to: encoder) }
}

extension OmittedWhenEmpty: Sendable where Element: Sendable {}
extension OmittedWhenEmpty: Equatable where Element: Equatable {}
