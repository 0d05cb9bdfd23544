internal import HTTP
internal import JSON
public import Pipelines
public import Staging
internal import Synchronization

extension ClioClient {
    /// Asks whose token it is: the account and the user on whose behalf everything is read.
    /// - Parameter isStopping: whether to give up while waiting.
    public func whoAmI(
        isStopping: @escaping @Sendable () -> Bool = { false }
    ) async throws(ClioError) -> Account {
        do throws(ClioError) {
            return try await whoAmI(Self.identityFields[0], isStopping)
        } catch {
            guard error.kind == .refused else { throw error }
            return try await whoAmI(Self.identityFields[1], isStopping)
        }
    }

    private func whoAmI(
        _ fields: String, _ isStopping: @escaping @Sendable () -> Bool
    ) async throws(ClioError) -> Account {
        guard let address = address("users/who_am_i.json", [("fields", fields)]) else { throw unusable }
        let answer = try await send(address, CallContext(entity: "who_am_i", isStopping: isStopping)) { response in
            response.body.withUnsafeBytes { bytes -> Result<Account, PageFault> in
                guard case .some(.some(let account)) = JSONParser.reading(bytes, { self.account($0) }) else {
                    return .failure(.damaged("the answer names no user"))
                }
                return .success(account)
            }
        }
        return answer.value
    }

    /// Clio's count of an entity's records, by one request for one record; nil when Clio does not say.
    public func count(_ entity: Entity) async throws(ClioError) -> Int? {
        try await count(
            entity, adding: [], CallContext(entity: entity.name, stream: "count", priority: { entity.priority }))
    }

    /// One page of an entity as the extract would ask for it, for an estimate.
    public struct Sample: Sendable, Equatable {
        /// Clio's count of the list, where it is known.
        public let total: Int?
        /// Records on the page.
        public let records: Int
        /// Their minified JSON.
        public let lines: [UInt8]
        /// Seconds that the request took, without waiting for a turn.
        public let seconds: Double
        /// How far ids and creations are out of step, as a part of the time from the first record until now; nil: not known.
        public let outOfStep: Double?
    }

    /// Asks for the first page of an entity: costs as much as a count and says more.
    /// - Parameter limit: records to ask for.
    public func sample(_ entity: Entity, limit: Int) async throws(ClioError) -> Sample {
        let query =
            entity.parameters.map { ($0.name, $0.value) } + [("limit", String(limit))]
            + (entity.order.map { [("order", $0)] } ?? [])
            + (entity.fields.isEmpty ? [] : [("fields", entity.fieldsParameter)])
        guard let address = address("\(entity.endpoint).json", query) else { throw unusable }
        let started = Mutex(clock.now())
        let clock = clock
        let context = CallContext(
            entity: entity.name, stream: "sample",
            onEvent: { event in
                if case .requestStarted = event { started.withLock { $0 = clock.now() } }
            })
        let isOrdered = entity.order == "id(asc)"
        let checks = PageChecks(isOrderedByID: isOrdered, wantsCreatedAt: isOrdered)
        let cut = try await page(address, checks, context).cut
        let began = cut.earliestCreation
        let outOfStep = began.map { cut.displacement * 1.2 / max(self.clock.wall() - $0, 1) }
        return Sample(
            total: cut.total ?? (cut.next == nil ? cut.records : nil), records: cut.records, lines: cut.lines,
            seconds: clock.now() - started.withLock { $0 }, outOfStep: outOfStep)
    }

    func count(
        _ entity: Entity, adding parameters: [(String, String)], _ context: CallContext
    ) async throws(ClioError) -> Int? {
        try await countingPage(entity, adding: parameters, context).cut.total
    }

    /// A page of one record, for the count beside it.
    func countingPage(
        _ entity: Entity, adding parameters: [(String, String)], _ context: CallContext,
        fields: String = "id", checks: PageChecks = PageChecks()
    ) async throws(ClioError) -> Page {
        let query =
            entity.parameters.map { ($0.name, $0.value) } + parameters + [("limit", "1"), ("fields", fields)]
            + (entity.order.map { [("order", $0)] } ?? [])
        guard let address = address("\(entity.endpoint).json", query) else { throw unusable }
        return try await page(address, checks, context)
    }

    var unusable: ClioError {
        ClioError(.unusableServer, "the base URL and the entity's endpoint make no usable address")
    }
}
