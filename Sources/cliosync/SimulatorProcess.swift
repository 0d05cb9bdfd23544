import Bytes
import Dispatch
import Foundation
import SyncManager

/// A running `clio-simulator`, which ends with this process, however this one ends.
final class SimulatorProcess {
    /// `http://127.0.0.1:PORT`
    let address: String
    /// The simulator's standard input: the kernel closes it when this process ends, and the simulator waits for that.
    private let lifeline: FileHandle

    /// Starts one on a free port, and waits until it listens.
    init(_ arguments: [String]) async throws {
        let input = Pipe()
        let output = Pipe()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try Self.program())
        process.arguments = ["--port", "0", "--exit-with-parent"] + arguments
        process.standardInput = input
        process.standardOutput = output
        lifeline = input.fileHandleForWriting
        // A command that this process starts must not keep the simulator alive.
        _ = fcntl(lifeline.fileDescriptor, F_SETFD, FD_CLOEXEC)
        try process.run()
        guard let address = await Self.greeting(output.fileHandleForReading) else {
            throw ConfigurationError("the simulator did not start: \(process.executableURL?.path ?? "")")
        }
        self.address = address
    }

    /// Ends it.
    func stop() { try? lifeline.close() }

    /// Where the program is: beside this one, in `libexec`, or on the search path.
    private static func program() throws -> String {
        let name = "clio-simulator"
        let own = Bundle.main.executableURL?.resolvingSymlinksInPath().deletingLastPathComponent().path ?? "."
        let search = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        let places = [own, own + "/../libexec/cliosync", own + "/../libexec"] + search.filter { $0.hasPrefix("/") }
        guard let place = places.first(where: { FileManager.default.isExecutableFile(atPath: "\($0)/\(name)") }) else {
            throw ConfigurationError(
                "\(name): not found in \(own), in libexec or in PATH; the demo needs it: install both programs")
        }
        return "\(place)/\(name)"
    }

    /// The address in the first line that it prints; nil when it ended before.
    private static func greeting(_ output: FileHandle) async -> String? {
        await withCheckedContinuation { continuation in
            // Reading blocks: not on Swift's own threads.
            DispatchQueue.global().async {
                var line = Data()
                while line.last != UInt8(ascii: "\n"), let piece = try? output.read(upToCount: 1), !piece.isEmpty {
                    line += piece
                }
                let words = String(decoding: line, as: UTF8.self).split(separator: " ")
                continuation.resume(
                    returning: line.last == UInt8(ascii: "\n")
                        ? words.last?.trimmingCharacters(in: .whitespacesAndNewlines) : nil)
            }
        }
    }
}
