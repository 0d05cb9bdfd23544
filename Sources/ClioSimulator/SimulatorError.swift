/// Why a simulator cannot start.
public struct SimulatorError: Error, CustomStringConvertible, Sendable {
    /// What is wrong and what to do, in one line.
    public let description: String

    static func unwritable(_ path: String) -> SimulatorError {
        SimulatorError(description: "cannot write \(path): check that its folder exists and may be written to")
    }

    static func option(_ name: String, _ why: String) -> SimulatorError {
        SimulatorError(description: "\(name): \(why)")
    }
}
