import Dispatch
import Foundation
import Staging
import StatusPage
import Synchronization

/// Starts `cliosync run` or `cliosync refresh` for a connection, in a separate process that outlives the page.
final class RunLauncher: Sendable {
    private let staging: String
    private let pipelines: String
    private let envFile: String?

    init(staging: String, pipelines: String, envFile: String?) {
        self.staging = staging
        self.pipelines = pipelines
        self.envFile = envFile
    }

    /// How long a run is watched before it counts as begun: locks and settings are checked within it.
    private static let patience = Duration.seconds(2.5)

    /// Resumes a job.
    @Sendable func resume(_ request: ResumeRequest) async -> ResumeAnswer {
        await withCheckedContinuation { continuation in
            // Waits for the process: not on Swift's own threads.
            DispatchQueue.global().async { [self] in continuation.resume(returning: launch(request)) }
        }
    }

    private func launch(_ request: ResumeRequest) -> ResumeAnswer {
        do {
            let folder = try ConnectionFolder(staging: staging, connection: request.connection)
            let log = folder.path + "/run.log"
            let before = (try? Files.read(log))??.count ?? 0
            let process = try start(request, log: log)
            let end = ContinuousClock.now + Self.patience
            while process.isRunning, ContinuousClock.now < end { Thread.sleep(forTimeInterval: 0.05) }
            if process.isRunning || process.terminationStatus == 0 {
                return ResumeAnswer(
                    started: true, message: "The sync continues, as process \(process.processIdentifier).")
            }
            let said = lastLine(log, from: before)
            return switch process.terminationStatus {
            case 5: ResumeAnswer(started: false, message: "Another process is at work on it. \(said)")
            case 130: ResumeAnswer(started: false, message: "It was stopped at once.")
            default: ResumeAnswer(started: false, message: "It did not start (see \(log)): \(said)")
            }
        } catch {
            return ResumeAnswer(started: false, message: "It did not start: \(error)")
        }
    }

    private func start(_ request: ResumeRequest, log: String) throws -> Process {
        let descriptor = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        let output = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        let process = Process()
        process.executableURL = Bundle.main.executableURL
        process.arguments =
            [
                request.isRefresh ? "refresh" : "run", "--connection", request.connection, "--staging", staging,
                "--pipelines", pipelines,
                "--no-progress",
            ]
            + (envFile.map { ["--env-file", $0] } ?? [])
            + (request.database.map { ["--database", $0] } ?? [])
            + request.phases.flatMap { ["--phase", $0] }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
        return process
    }

    /// What the process said last, without colours and control characters.
    private func lastLine(_ log: String, from start: Int) -> String {
        let bytes = ((try? Files.read(log)) ?? []).dropFirst(start)
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").last.map(String.init) ?? ""
    }
}
