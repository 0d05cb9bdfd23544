public import FlyingSocks
public import Foundation

/// A body that is written in one piece; FlyingFox's own cuts it up byte by byte.
///
/// One that is cut off ends with an error, on which the server closes the connection.
public struct WholeBody: AsyncBufferedSequence {
    /// A byte.
    public typealias Element = UInt8

    struct CutOff: Error {}

    /// Hands the bytes out, once.
    public struct AsyncIterator: AsyncBufferedIteratorProtocol {
        private var bytes: Data
        private let isCutOff: Bool

        init(bytes: Data, isCutOff: Bool) {
            self.bytes = bytes
            self.isCutOff = isCutOff
        }

        /// The next byte.
        public mutating func next() async throws -> UInt8? {
            if bytes.isEmpty { return try end() }
            return bytes.removeFirst()
        }

        /// All bytes.
        public mutating func nextBuffer(suggested count: Int) async throws -> Data? {
            if bytes.isEmpty { return try end() }
            defer { bytes = Data() }
            return bytes
        }

        private func end<Nothing>() throws -> Nothing? {
            if isCutOff { throw CutOff() }
            return nil
        }
    }

    /// Runs an action when nothing holds it.
    private final class Release: Sendable {
        private let action: @Sendable () -> Void

        init(_ action: @escaping @Sendable () -> Void) { self.action = action }

        deinit { action() }
    }

    private let bytes: Data
    private let isCutOff: Bool
    private let release: Release

    /// A body of these bytes.
    /// - Parameter released: called when the body was written, or cannot be any more.
    public init(_ bytes: Data, isCutOff: Bool = false, released: @escaping @Sendable () -> Void = {}) {
        self.bytes = bytes
        self.isCutOff = isCutOff
        release = Release(released)
    }

    /// Begins again.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(bytes: bytes, isCutOff: isCutOff) }
}
