internal import Pipelines
internal import Staging

/// The time windows that a list is cut into, by their edges; what lies before the first and behind the last edge is a
/// window too. Edges are only ever added, so that the events in the journal are the whole plan.
struct WindowPlan: Sendable, Equatable {
    /// Seconds since 1970, ascending.
    private(set) var edges: [Double]

    init(edges: [Double]) { self.edges = Array(Set(edges)).sorted() }

    /// Reads the plan off the journal; nil when the list is not cut.
    init?(_ manifest: RawManifest) {
        let edges = manifest.events.flatMap { event -> [Double] in
            if case .boundaries(let edges) = event { edges } else { [] }
        }
        guard !edges.isEmpty else { return nil }
        self.init(edges: edges)
    }

    /// The event of new edges, which are whole seconds.
    static func event(_ edges: [Double]) -> ListEvent { .boundaries(edges.map { $0.rounded(.towardZero) }) }

    /// The newest first: what people need first.
    var windows: [TimeWindow] {
        let bounds: [Double?] = [nil] + edges + [nil]
        return zip(bounds, bounds.dropFirst()).map { TimeWindow(lower: $0, upper: $1) }.reversed()
    }
}

/// One window; nil is open.
struct TimeWindow: Sendable, Hashable {
    let lower: Double?
    let upper: Double?

    /// The parameters that ask for it.
    func parameters(_ windows: Windows) -> [(String, String)] {
        [(windows.lowerParameter, lower), (windows.upperParameter, upper)].compactMap { name, bound in
            bound.map { (name, Self.text($0, windows)) }
        }
    }

    /// Its stream.
    var key: StreamKey { StreamKey(.window(from: lower, to: upper)) }

    static func text(_ bound: Double, _ windows: Windows) -> String {
        let text = Moment.timestamp(bound)
        return windows.boundType == .date ? String(text.prefix(10)) : text
    }
}
