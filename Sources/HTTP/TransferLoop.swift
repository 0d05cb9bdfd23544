internal import CCurl

/// Runs all transfers of one client; lives on the client's thread and nowhere else.
final class TransferLoop {
    private let inbox: TransferInbox
    private let configuration: HTTPConfiguration
    private let multi: UnsafeMutableRawPointer
    private let inflater: BodyInflater
    private var transfers: [UInt64: Transfer] = [:]
    private var ids: [UnsafeMutableRawPointer: UInt64] = [:]

    /// curl_global_init is not safe against itself on older systems; a global constant is made once.
    static let isInitialized = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    init?(_ inbox: TransferInbox, _ configuration: HTTPConfiguration) {
        guard Self.isInitialized, let inflater = BodyInflater(), let multi = curl_multi_init() else { return nil }
        self.inflater = inflater
        self.inbox = inbox
        self.configuration = configuration
        self.multi = multi
        let connections = configuration.maximumConnections
        _ = ccurl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, connections)
        _ = ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, connections)
        inbox.attach(TransferInbox.Waker(multi: multi))
    }

    /// Works until the client is closed.
    func run() {
        while true {
            let work = inbox.take()
            for pending in work.starting {
                if work.cancelling.contains(pending.id) {
                    pending.finish(.failure(HTTPError(.cancelled, pending.request.address, "")))
                } else {
                    start(pending)
                }
            }
            for id in work.cancelling where transfers[id] != nil { end(id, abortedAs: .cancelled) }
            if work.isClosing { break }
            var running: Int32 = 0
            curl_multi_perform(multi, &running)
            var result = CURLE_OK
            while let handle = ccurl_multi_next_finished(multi, &result) {
                guard let id = ids[handle], let transfer = transfers[id] else { continue }
                remove(transfer, id)
                transfer.finish(result)
            }
            curl_multi_poll(multi, nil, 0, 1000, nil)
        }
        for id in transfers.keys { end(id, abortedAs: .closed) }
        // Removes the waker, so that no call wakes a closed handle.
        inbox.close()
        curl_multi_cleanup(multi)
    }

    private func start(_ pending: PendingTransfer) {
        guard let transfer = Transfer(pending, configuration, inflater) else {
            let error = HTTPError(.badRequest, pending.request.address, "")
            return pending.finish(.failure(error))
        }
        guard curl_multi_add_handle(multi, transfer.handle) == CURLM_OK else {
            return transfer.abort(.other)
        }
        transfers[pending.id] = transfer
        ids[transfer.handle] = pending.id
    }

    private func end(_ id: UInt64, abortedAs kind: HTTPError.Kind) {
        guard let transfer = transfers[id] else { return }
        remove(transfer, id)
        transfer.abort(kind)
    }

    private func remove(_ transfer: Transfer, _ id: UInt64) {
        curl_multi_remove_handle(multi, transfer.handle)
        transfers[id] = nil
        ids[transfer.handle] = nil
    }
}
