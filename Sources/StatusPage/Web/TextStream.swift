internal import FlyingSocks
internal import Synchronization

/// Text that is sent piece by piece, as each piece comes into being.
struct TextStream: AsyncBufferedSequence {
    typealias Element = UInt8

    /// The next piece; nil ends the stream.
    typealias Source = @Sendable () async throws -> String?

    struct AsyncIterator: AsyncBufferedIteratorProtocol {
        private let source: Source
        private let place: StreamCount.Place
        private var rest: ArraySlice<UInt8> = []

        init(_ source: @escaping Source, _ place: StreamCount.Place) {
            self.source = source
            self.place = place
        }

        mutating func next() async throws -> UInt8? { try await nextBuffer(suggested: 1)?.first }

        mutating func nextBuffer(suggested count: Int) async throws -> ArraySlice<UInt8>? {
            while rest.isEmpty {
                guard let piece = try await source() else { return nil }
                rest = Array(piece.utf8)[...]
            }
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count)
        }
    }

    private let source: Source
    private let place: StreamCount.Place

    /// - Parameter place: held as long as a client reads.
    init(_ place: StreamCount.Place, _ source: @escaping Source) {
        self.source = source
        self.place = place
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(source, place) }
}

/// Counts open streams and limits them.
final class StreamCount: Sendable {
    /// One of the open streams; leaves when nothing holds it.
    final class Place: Sendable {
        private let streams: StreamCount

        fileprivate init(_ streams: StreamCount) { self.streams = streams }

        deinit { streams.count.withLock { $0 -= 1 } }
    }

    private let most: Int
    private let count = Mutex(0)

    init(most: Int) { self.most = most }

    var number: Int { count.withLock { $0 } }

    /// nil when there are enough.
    func enter() -> Place? {
        let isFree = count.withLock { count in
            guard count < most else { return false }
            count += 1
            return true
        }
        return isFree ? Place(self) : nil
    }
}
