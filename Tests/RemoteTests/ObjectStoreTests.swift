import Bytes
import HTTP
import Remote
import Staging
import StoreDouble
import Testing

@Suite(.timeLimit(.minutes(5))) struct ObjectStoreTests {
    private func location(_ double: StoreDouble, _ text: String = "s3://bucket/firms") throws -> StoreLocation {
        let endpoint = try #require(WebAddress("http://127.0.0.1:\(double.port)"))
        return try #require(StoreLocation(text, endpoint: endpoint, region: "eu-central-1"))
    }

    private func store(
        _ double: StoreDouble, _ text: String = "s3://bucket/firms", session: String? = nil, retries: Int = 4,
        stop: StopSignal = StopSignal()
    ) throws -> ObjectStore {
        ObjectStore(
            try location(double, text), keys: StoreKeys(accessKey: "KEY", secretKey: "SECRET", sessionToken: session),
            retry: StoreRetry(maximumRetries: retries, base: 0.001), stop: stop)
    }

    private func failure(_ body: () async throws -> some Sendable) async throws -> RemoteError {
        do {
            _ = try await body()
        } catch let error as RemoteError {
            return error
        }
        Issue.record("no error")
        throw CancellationError()
    }

    @Test func anObjectComesBackAsItWasStored() async throws {
        let double = try await StoreDouble()
        defer { double.stop() }
        let store = try store(double, session: "SESSION")
        // A byte order mark belongs to a file, and a key may hold what a URL may not.
        let objects: [(String, [UInt8])] = [
            ("a/b.ndjson", [0xEF, 0xBB, 0xBF, 0x41, 0x00]), ("a/c d+é%.gz", []), ("a/e", [1]),
        ]
        for (key, bytes) in objects {
            let etag = try await store.put(key, bytes)
            let object = try #require(try await store.get(key))
            #expect(object.bytes == bytes)
            #expect(object.etag == etag)
        }
        #expect(double.objects.keys.sorted() == ["firms/a/b.ndjson", "firms/a/c d+é%.gz", "firms/a/e"])
        let request = try #require(double.requests.first)
        #expect(request.headers["x-amz-security-token"] == "SESSION")
        #expect(request.headers["authorization"]?.contains("/eu-central-1/s3/aws4_request") == true)
        #expect(request.headers.values.allSatisfy { !$0.contains("SECRET") })
    }

    @Test func whatIsNotThereIsNil() async throws {
        let double = try await StoreDouble()
        defer { double.stop() }
        let store = try store(double)
        #expect(try await store.get("x") == nil)
        try await store.delete("x")
    }

    @Test func aListingHasAllPages() async throws {
        let double = try await StoreDouble()
        defer { double.stop() }
        let store = try store(double)
        let keys = (10..<21).map { "firm/a b&<\($0)>" }
        for key in keys { double.set("firms/" + key, [1, 2]) }
        double.set("firms/firn/x", [])
        let listed = try await store.list("firm/")
        #expect(listed.map(\.key) == keys)
        #expect(listed.allSatisfy { $0.bytes == 2 })
        #expect(try await store.list("nothing").isEmpty)
    }

    @Test func conditionsAreKept() async throws {
        let double = try await StoreDouble()
        defer { double.stop() }
        let store = try store(double)
        #expect(try await store.put("k", [0], if: .matches(etag: "\"x\"")) == nil)
        let first = try #require(try await store.put("k", [1], if: .absent))
        #expect(try await store.put("k", [2], if: .absent) == nil)
        let second = try #require(try await store.put("k", [3], if: .matches(etag: first)))
        #expect(try await store.put("k", [4], if: .matches(etag: first)) == nil)
        #expect(try await store.get("k")?.etag == second)
    }

    @Test func aConditionalWriteWhoseAnswerWasLostHasSucceeded() async throws {
        let double = try await StoreDouble()
        defer { double.stop() }
        double.fail(.lostAnswer)
        #expect(try await store(double).put("k", [1], if: .absent) == StoreDouble.etag([1]))
        // It is not taken for another writer's.
        double.fail(.status(503))
        #expect(try await store(double).put("k", [2], if: .absent) == nil)
    }

    @Test func passingTroubleIsTriedAgain() async throws {
        let double = try await StoreDouble()
        defer { double.stop() }
        double.set("firms/k", [1])
        double.fail(.status(503), .status(500), .cutListing)
        #expect(try await store(double).list("").map(\.key) == ["k"])
        double.fail(.status(503), .status(503), .status(503))
        let error = try await failure { try await store(double, retries: 2).get("k") }
        #expect(error.code == .unavailable)
        #expect(error.description.contains("503 SlowDown, 3 times"))
    }

    @Test func refusalsNameTheirRemedy() async throws {
        let double = try await StoreDouble()
        defer { double.stop() }
        let missing = try await failure { try await store(double, "s3://other").get("k") }
        #expect(missing.code == .refused)
        #expect(missing.description.contains("NoSuchBucket; make the bucket"))
        double.fail(.status(403))
        let refused = try await failure { try await store(double).get("k") }
        #expect(refused.exitStatus == .paused)
        #expect(double.requests.count == 2)
    }

    @Test func aStopEndsAWait() async throws {
        let double = try await StoreDouble()
        defer { double.stop() }
        let stop = StopSignal()
        stop.request()
        let error = try await failure { try await store(double, stop: stop).get("k") }
        #expect(error.exitStatus == .stopped)
        #expect(double.requests.isEmpty)
    }
}
