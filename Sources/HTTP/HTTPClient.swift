internal import Foundation
internal import Synchronization

/// Sends HTTP requests over libcurl: one dedicated thread runs all transfers, so that no thread of Swift's pool waits.
///
/// Connections are kept, HTTP/2 is used where TLS offers it, gzip is inflated, certificates are always verified,
/// redirects are never followed.
public final class HTTPClient: Sendable {
    private let inbox = TransferInbox()
    private let nextID = Atomic<UInt64>(0)

    /// Starts the thread.
    public init(_ configuration: HTTPConfiguration = HTTPConfiguration()) {
        let inbox = inbox
        let thread = Thread { TransferLoop(inbox, configuration)?.run() ?? inbox.close() }
        thread.name = "cliosync.http"
        thread.start()
    }

    deinit { inbox.requestClose() }

    /// Sends one request and waits for its answer, whatever its status. Cancelling the task aborts the transfer.
    /// - Throws: `HTTPError` when no whole answer came.
    public func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        let id = nextID.add(1, ordering: .relaxed).newValue
        let inbox = inbox
        let result: Result<HTTPResponse, HTTPError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                inbox.start(PendingTransfer(id: id, request: request) { continuation.resume(returning: $0) })
            }
        } onCancel: {
            inbox.cancel(id)
        }
        inbox.forget(id)
        return try result.get()
    }
}
