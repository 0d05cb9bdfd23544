internal import CCurl
internal import Foundation
internal import Synchronization

/// Hands messages to a mail server over libcurl's SMTP.
public struct MailClient: Sendable {
    private let server: MailServer
    private let user: String?
    private let password: String?
    private let configuration: HTTPConfiguration

    /// Why a message was not taken: without its text, its addresses and the password.
    public enum Failure: Error, Sendable, Equatable {
        /// It never will be: the server's code, or what is wrong with the login.
        case refused(String)
        /// It may be later.
        case unreachable(String)
    }

    /// A client; nothing is connected yet.
    /// - Parameters:
    ///   - user: nil: the server asks for no login.
    ///   - configuration: its time limits and certificates hold.
    public init(
        _ server: MailServer, user: String? = nil, password: String? = nil,
        configuration: HTTPConfiguration = HTTPConfiguration()
    ) {
        self.server = server
        self.user = user
        self.password = password
        self.configuration = configuration
    }

    /// Sends one message and waits for the server to take it, on a thread of its own. A task that is cancelled does not wait.
    /// - Parameters:
    ///   - message: headers and body, with CR LF at the end of each line.
    ///   - sender: a plain address.
    ///   - recipients: plain addresses.
    public func send(_ message: String, from sender: String, to recipients: [String]) async throws(Failure) {
        let answer = Answer()
        let result: Result<Void, Failure> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                answer.wait(continuation)
                let thread = Thread {
                    answer.give(MailTransfer(server, user, password, configuration).send(message, sender, recipients))
                }
                thread.name = "cliosync.mail"
                thread.start()
            }
        } onCancel: {
            answer.give(.failure(.unreachable("cancelled")))
        }
        try result.get()
    }

    /// Resumes with the first result; later ones are ignored.
    private final class Answer: Sendable {
        private enum State {
            case open
            case waiting(CheckedContinuation<Result<Void, Failure>, Never>)
            case given(Result<Void, Failure>)
            case over
        }

        private let state = Mutex(State.open)

        func wait(_ continuation: CheckedContinuation<Result<Void, Failure>, Never>) {
            let early: Result<Void, Failure>? = state.withLock { state in
                if case .given(let result) = state {
                    state = .over
                    return result
                }
                state = .waiting(continuation)
                return nil
            }
            if let early { continuation.resume(returning: early) }
        }

        func give(_ result: Result<Void, Failure>) {
            let waiting: CheckedContinuation<Result<Void, Failure>, Never>? = state.withLock { state in
                switch state {
                case .open: state = .given(result)
                case .waiting(let continuation):
                    state = .over
                    return continuation
                case .given, .over: break
                }
                return nil
            }
            waiting?.resume(returning: result)
        }
    }
}

/// One delivery and its curl handle, on one thread.
private final class MailTransfer {
    private let server: MailServer
    private let user: String?
    private let password: String?
    private let configuration: HTTPConfiguration
    private var rest: ArraySlice<UInt8> = []

    init(_ server: MailServer, _ user: String?, _ password: String?, _ configuration: HTTPConfiguration) {
        self.server = server
        self.user = user
        self.password = password
        self.configuration = configuration
    }

    func send(_ message: String, _ sender: String, _ recipients: [String]) -> Result<Void, MailClient.Failure> {
        guard ([sender] + recipients).allSatisfy(Self.isPlain), !recipients.isEmpty else {
            return .failure(.refused("an address has characters that addresses cannot have"))
        }
        guard TransferLoop.isInitialized, let handle = curl_easy_init() else {
            return .failure(.unreachable("libcurl cannot be used"))
        }
        var list: UnsafeMutablePointer<curl_slist>?
        defer {
            curl_easy_cleanup(handle)
            curl_slist_free_all(list)
        }
        for recipient in recipients {
            guard let longer = curl_slist_append(list, "<\(recipient)>") else {
                return .failure(.unreachable("out of memory"))
            }
            list = longer
        }
        rest = ArraySlice(message.utf8)
        guard setUp(handle, sender, list) else { return .failure(.refused("the message cannot be expressed")) }
        let code = withExtendedLifetime(self) { curl_easy_perform(handle) }
        let status = ccurl_get_long(handle, CURLINFO_RESPONSE_CODE)
        switch code {
        case CURLE_OK: return .success(())
        case CURLE_LOGIN_DENIED: return .failure(.refused("the server refused the user or the password"))
        case CURLE_PEER_FAILED_VERIFICATION:
            return .failure(
                .refused("the server's certificate is not trusted; SSL_CERT_FILE names a file with those that are"))
        case CURLE_USE_SSL_FAILED:
            return .failure(.refused("the server offers no TLS, and a message would travel in the clear"))
        default:
            // 5xx is final by RFC 5321; all else may go better later.
            let words = status >= 400 ? "the server answered \(status)" : String(cString: curl_easy_strerror(code))
            return .failure(status >= 500 ? .refused(words) : .unreachable(words))
        }
    }

    private func setUp(
        _ handle: UnsafeMutableRawPointer, _ sender: String, _ recipients: UnsafeMutablePointer<curl_slist>?
    ) -> Bool {
        var isFine = true
        func set(_ option: CURLoption, _ value: Int) {
            isFine = ccurl_set_long(handle, option, value) == CURLE_OK && isFine
        }
        func set(_ option: CURLoption, _ value: String) {
            isFine = ccurl_set_string(handle, option, value) == CURLE_OK && isFine
        }
        set(CURLOPT_URL, server.description)
        set(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_SSL_VERIFYPEER, 1)
        set(CURLOPT_SSL_VERIFYHOST, 2)
        set(CURLOPT_USE_SSL, Int(server.isLoopback ? CURLUSESSL_TRY.rawValue : CURLUSESSL_ALL.rawValue))
        if let file = configuration.trustedCertificates { set(CURLOPT_CAINFO, file) }
        // Proxies of the environment are for the web.
        set(CURLOPT_PROXY, "")
        set(CURLOPT_CONNECTTIMEOUT_MS, max(1, Int(configuration.connectTimeout * 1000)))
        set(CURLOPT_TIMEOUT_MS, max(1, Int(configuration.totalTimeout * 1000)))
        if let user {
            set(CURLOPT_USERNAME, user)
            set(CURLOPT_PASSWORD, password ?? "")
        }
        set(CURLOPT_MAIL_FROM, "<\(sender)>")
        isFine = ccurl_set_recipients(handle, recipients) == CURLE_OK && isFine
        let context = Unmanaged.passUnretained(self).toOpaque()
        isFine = ccurl_set_upload(handle, readMessage, context) == CURLE_OK && isFine
        isFine = ccurl_set_body_receiver(handle, dropAnswer, nil) == CURLE_OK && isFine
        return isFine
    }

    private static func isPlain(_ address: String) -> Bool {
        address.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">") }
    }

    fileprivate func read(into bytes: UnsafeMutableRawBufferPointer) -> Int {
        let piece = rest.prefix(bytes.count)
        bytes.copyBytes(from: piece)
        rest = rest.dropFirst(piece.count)
        return piece.count
    }
}

private func readMessage(
    _ bytes: UnsafeMutablePointer<CChar>?, _ one: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let bytes, let context else { return 0 }
    let transfer = Unmanaged<MailTransfer>.fromOpaque(context).takeUnretainedValue()
    return transfer.read(into: UnsafeMutableRawBufferPointer(start: bytes, count: one * count))
}

/// SMTP has no body that matters, and libcurl would print it.
private func dropAnswer(
    _ bytes: UnsafeMutablePointer<CChar>?, _ one: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int { one * count }
