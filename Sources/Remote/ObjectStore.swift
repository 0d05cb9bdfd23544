public import HTTP
internal import Hashing
public import Staging

/// The few requests of the S3 API that staged files need, each tried again when it fails for a passing reason.
public final class ObjectStore: Sendable {
    /// Where it is.
    public let location: StoreLocation
    private let keys: StoreKeys
    private let client: HTTPClient
    private let retry: StoreRetry
    private let stop: StopSignal

    /// An object as it is stored.
    public struct Object: Sendable {
        /// All its bytes.
        public let bytes: [UInt8]
        /// The store's name for this content of the key.
        public let etag: String
    }

    /// What must hold of the key for a PUT to be carried out.
    public enum Condition: Sendable, Equatable {
        /// Nothing.
        case none
        /// There is no object.
        case absent
        /// There is still this one.
        case matches(etag: String)

        func headers(adding headers: HTTPHeaders) -> HTTPHeaders {
            var headers = headers
            switch self {
            case .none: break
            case .absent: headers["If-None-Match"] = "*"
            case .matches(let etag): headers["If-Match"] = etag
            }
            return headers
        }
    }

    /// A client of a store; it sends nothing yet.
    /// - Parameter stop: ends waits and further requests.
    public init(
        _ location: StoreLocation, keys: StoreKeys, network: NetworkEnvironment = NetworkEnvironment(),
        retry: StoreRetry = StoreRetry(), stop: StopSignal = StopSignal()
    ) {
        self.location = location
        self.keys = keys
        self.retry = retry
        self.stop = stop
        var configuration = HTTPConfiguration()
        configuration.network = network
        // A large part over a slow line; a line without a byte for `stallTimeout` ends earlier.
        configuration.totalTimeout = 900
        configuration.maximumConnections = 8
        client = HTTPClient(configuration)
    }

    /// All objects whose keys begin with the location's prefix and this text, in the order of their keys.
    public func list(_ prefix: String) async throws -> [ListedObject] {
        var objects: [ListedObject] = []
        var token: String?
        repeat {
            var query = [("encoding-type", "url"), ("list-type", "2"), ("prefix", location.prefix + prefix)]
            if let token { query.append(("continuation-token", token)) }
            let page: ListingPage = try await ask(.get, key: "", query: query) { response in
                guard response.status == 200 else { return nil }
                guard let page = ListingPage(response.body.text) else { throw Unusable("the listing is not whole") }
                return page
            }
            objects += page.objects.map {
                ListedObject(
                    key: String($0.key.dropFirst(location.prefix.count)), bytes: $0.bytes, modified: $0.modified,
                    etag: $0.etag)
            }
            // A store that repeats a page would be read for ever.
            guard page.next == nil || page.next != token else {
                throw RemoteError(.damaged, "\(location.text): the store repeats a page of its listing")
            }
            token = page.next
        } while token != nil
        return objects
    }

    /// An object; nil when there is none.
    public func get(_ key: String) async throws -> Object? {
        try await ask(.get, key: key) { response -> Object?? in
            if response.status == 404, !isBucketMissing(response) { return .some(nil) }
            guard response.status == 200 else { return nil }
            return .some(Object(bytes: response.body.wholeBytes, etag: response.headers["ETag"] ?? ""))
        }
    }

    /// Stores an object.
    /// - Returns: its ETag; nil when the condition does not hold.
    public func put(_ key: String, _ bytes: [UInt8], if condition: Condition = .none) async throws -> String? {
        let headers = condition.headers(adding: ["Content-Type": "application/octet-stream"])
        var tries = 0
        let etag: String?? = try await ask(.put, key: key, headers: headers, body: bytes) { response -> String?? in
            tries += 1
            if response.status == 412 { return .some(nil) }
            // Amazon answers so when the object that was to match is gone.
            if response.status == 404, condition != .none, !isBucketMissing(response) { return .some(nil) }
            guard response.status == 200 else { return nil }
            return .some(response.headers["ETag"] ?? "")
        } onRetry: {
            tries += 1
        }
        if let etag = etag ?? nil { return etag }
        // The answer to an earlier try may have been lost after the object was stored.
        if tries > 1, let stored = try await get(key), stored.bytes == bytes { return stored.etag }
        return nil
    }

    /// Deletes an object; does nothing when there is none.
    public func delete(_ key: String) async throws {
        try await ask(.delete, key: key) { response in
            response.status == 204 || response.status == 200
                || (response.status == 404 && !isBucketMissing(response)) ? () : nil
        }
    }

    /// An answer that says nothing, such as half a listing.
    private struct Unusable: Error {
        let description: String

        init(_ description: String) { self.description = description }
    }

    /// Sends a request until it has an answer.
    /// - Parameter read: what the answer means; nil: it is an error, passing or not.
    func ask<Answer>(
        _ method: HTTPRequest.Method, key: String, query: [(String, String)] = [], headers: HTTPHeaders = [:],
        body: [UInt8] = [], read: (HTTPResponse) throws -> Answer?, onRetry: () -> Void = {}
    ) async throws -> Answer {
        guard let address = location.address(key: key.isEmpty ? "" : location.prefix + key, query: query) else {
            throw RemoteError(.refused, "\(location.text): is no usable address; check SYNC_REMOTE and its endpoint")
        }
        var headers = headers
        // The store wants it, and older versions of libcurl send it only when they are given it.
        headers["X-Amz-Content-Sha256"] = SHA256.hex(body.withUnsafeBytes { SHA256.hash($0) })
        if let token = keys.sessionToken { headers["X-Amz-Security-Token"] = token }
        var request = HTTPRequest(method, address, headers: headers, body: body)
        request.signature = RequestSignature(
            accessKey: keys.accessKey, secretKey: keys.secretKey, region: location.region, service: "s3")
        var attempt = 0
        while true {
            if stop.isRequested { throw RemoteError.stopped }
            let trouble: String
            do {
                let response = try await client.send(request)
                if let answer = try read(response) { return answer }
                guard Self.isTransient(response.status) else { throw refusal(response, key) }
                trouble = "the store answers \(response.status)\(Self.code(response).map { " \($0)" } ?? "")"
            } catch let error as HTTPError {
                guard error.isTransient else { throw RemoteError(.unavailable, error.description) }
                trouble = error.cause
            } catch let error as Unusable {
                trouble = error.description
            }
            attempt += 1
            guard let delay = retry.delay(beforeRetry: attempt, random: .random(in: 0..<1)) else {
                throw RemoteError(
                    .unavailable,
                    "\(location.text)\(key): \(trouble), \(attempt) times; check the network and the store, then run again"
                )
            }
            onRetry()
            try await pause(delay)
        }
    }

    /// Waits, and ends at once when a stop is requested.
    private func pause(_ seconds: Double) async throws {
        let end = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < end {
            if stop.isRequested { throw RemoteError.stopped }
            try await Task.sleep(for: min(.milliseconds(100), end - .now))
        }
    }

    /// 409: two conditional writes at the same instant, of which the store wants one to be sent again.
    private static func isTransient(_ status: Int) -> Bool {
        [408, 409, 425, 429, 500, 502, 503, 504].contains(status)
    }

    /// The store's own name for an error.
    private static func code(_ response: HTTPResponse) -> String? {
        guard let code = ListingPage.element("Code", in: response.body.text.prefix(4096)),
            code.utf8.count <= 64, code.allSatisfy({ $0.isASCII && $0.isLetter })
        else { return nil }
        return code
    }

    private func isBucketMissing(_ response: HTTPResponse) -> Bool { Self.code(response) == "NoSuchBucket" }

    private func refusal(_ response: HTTPResponse, _ key: String) -> RemoteError {
        let code = Self.code(response)
        let remedy =
            switch (response.status, code) {
            case (_, "NoSuchBucket"): "make the bucket, or correct SYNC_REMOTE"
            case (301, _), (307, _), (400, "AuthorizationHeaderMalformed"):
                "set SYNC_REMOTE_REGION to the bucket's region"
            case (_, "RequestTimeTooSkewed"): "set this machine's clock"
            case (_, "ExpiredToken"): "renew the keys in AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN"
            case (401, _), (403, _), (400, _):
                "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and what they may do in the bucket"
            case (501, _): "the store lacks conditional writes, which more than one machine needs; use another one"
            default: "check SYNC_REMOTE and SYNC_REMOTE_ENDPOINT"
            }
        return RemoteError(
            .refused,
            "\(location.text)\(key): the store answers \(response.status)\(code.map { " \($0)" } ?? ""); \(remedy)")
    }
}
