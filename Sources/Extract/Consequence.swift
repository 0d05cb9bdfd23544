internal import Pipelines
internal import Staging

/// What follows when a stream ended: what is to be done, in this order, and how the list continues.
struct Consequence: Sendable {
    enum Step: Sendable, Equatable {
        /// Into the journal, and to the caller.
        case report(ListEvent)
        /// Into the journal.
        case record(ListEvent)
        /// The stream ends, although it has more pages.
        case end(StreamKey)
        /// All recent records are there.
        case recentComplete
        /// All records of a group are there.
        case groupComplete(String, complete: Int, of: Int)
    }

    enum Continuation: Sendable {
        /// With the other streams.
        case asBefore
        /// The whole list must be fetched, without groups.
        case inOrder
        /// The list must be cut into time windows.
        case inWindows(total: Int?, starts: [Double])
        /// The list cannot be cut: it is fetched as far as Clio shows it.
        case toLimit
        /// A field must be left out first.
        case withoutFields(ClioError)
        case failed(ClioError)
    }

    var steps: [Step] = []
    var continuation = Continuation.asBefore

    /// Appends what follows from something else.
    mutating func add(_ other: Consequence) {
        steps += other.steps
        if case .asBefore = other.continuation { return }
        continuation = other.continuation
    }
}

extension EntityExtraction {
    /// Carries out what follows.
    @discardableResult
    func perform(_ consequence: Consequence, _ writer: RawLayerWriter) async throws -> Consequence.Continuation {
        for step in consequence.steps {
            switch step {
            case .report(let event): try await record(event, to: writer)
            case .record(let event): try await writer.record(event)
            case .end(let key): try await writer.endStream(key)
            case .recentComplete: onEvent(.recentComplete(entity: entity.name))
            case .groupComplete(let group, let complete, let count):
                onEvent(.groupComplete(entity: entity.name, group: group, complete: complete, of: count))
            }
        }
        if case .failed(let error) = consequence.continuation { throw error }
        return consequence.continuation
    }
}
