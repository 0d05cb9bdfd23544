internal import HTTP
internal import JSON
public import Pipelines

extension ClioClient {
    /// The Clio user on whose behalf everything is read.
    public struct User: Sendable, Equatable {
        /// Clio's id of the user.
        public let id: Int64
        /// The name, where Clio gives it.
        public let name: String?
    }

    /// Asks who the token belongs to.
    public func whoAmI() async throws(ClioError) -> User {
        guard let address = address("users/who_am_i.json", [("fields", "id,name")]) else { throw unusable }
        let answer = try await send(address, CallContext(entity: "who_am_i")) { response in
            response.body.withUnsafeBytes { bytes -> Result<User, PageFault> in
                let user = JSONParser.reading(bytes) { root in
                    root["data"]?["id"]?.int64.map { User(id: $0, name: root["data"]?["name"]?.string) }
                }
                guard case .some(.some(let user)) = user else {
                    return .failure(.damaged("the answer names no user"))
                }
                return .success(user)
            }
        }
        return answer.value
    }

    /// Clio's count of an entity's records, by one request for one record; nil when Clio does not say.
    public func count(_ entity: Entity) async throws(ClioError) -> Int? {
        try await count(
            entity, adding: [], CallContext(entity: entity.name, stream: "count", priority: { entity.priority }))
    }

    func count(
        _ entity: Entity, adding parameters: [(String, String)], _ context: CallContext
    ) async throws(ClioError) -> Int? {
        let query =
            entity.parameters.map { ($0.name, $0.value) } + parameters + [("limit", "1"), ("fields", "id")]
            + (entity.order.map { [("order", $0)] } ?? [])
        guard let address = address("\(entity.endpoint).json", query) else { throw unusable }
        return try await page(address, PageChecks(), context).cut.total
    }

    var unusable: ClioError {
        ClioError(.unusableServer, "the base URL and the entity's endpoint make no usable address")
    }
}
