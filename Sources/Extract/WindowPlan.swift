internal import Pipelines
internal import Staging

/// The time windows that a list is cut into, by their edges; what lies before the first and behind the last edge is a
/// window too. Edges are only ever added, so that the notes in the manifest are the whole plan.
struct WindowPlan: Sendable, Equatable {
    /// Seconds since 1970, ascending.
    private(set) var edges: [Double]

    init(edges: [Double]) { self.edges = Array(Set(edges)).sorted() }

    static let noteCode = "windows"
    private static let mark = "edges: "

    /// Reads the plan off the notes; nil when the list is not cut.
    init?(_ manifest: RawManifest) {
        let edges = manifest.notes.filter { $0.code == Self.noteCode }.flatMap { note -> [Double] in
            guard let place = note.message.firstRange(of: Self.mark) else { return [] }
            return note.message[place.upperBound...].split(separator: " ").compactMap { Moment.seconds(String($0)) }
        }
        guard !edges.isEmpty else { return nil }
        self.init(edges: edges)
    }

    static func message(_ edges: [Double]) -> String {
        "the list is asked for in time windows; \(mark)" + edges.map(Moment.timestamp).joined(separator: " ")
    }

    mutating func add(_ more: [Double]) { self = WindowPlan(edges: edges + more) }

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

    /// The stream's name.
    func name(_ windows: Windows) -> String {
        parameters(windows).map { "\($0.0)=\($0.1)" }.joined(separator: ",")
    }

    static func text(_ bound: Double, _ windows: Windows) -> String {
        let text = Moment.timestamp(bound)
        return windows.boundType == .date ? String(text.prefix(10)) : text
    }
}
