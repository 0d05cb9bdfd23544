internal import Pipelines
internal import Staging

/// A time window; nil is open.
struct TimeWindow: Sendable, Hashable {
    let lower: Double?
    let upper: Double?

    /// All of time.
    static let all = TimeWindow(lower: nil, upper: nil)

    /// The windows between edges inside of it, the newest first.
    func parts(at edges: [Double]) -> [TimeWindow] {
        let inner = Set(edges).filter { $0 > lower ?? -.infinity && $0 < upper ?? .infinity }.sorted()
        let bounds = [lower] + inner + [upper]
        return zip(bounds, bounds.dropFirst()).map { TimeWindow(lower: $0, upper: $1) }.reversed()
    }

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
