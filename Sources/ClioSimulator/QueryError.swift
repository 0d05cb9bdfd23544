/// A request that the simulator refuses, with the status and body that Clio would send.
struct QueryError: Error {
    let status: Int
    let type: String
    let message: String

    var body: [UInt8] {
        Output.build { output in
            output.raw(#"{"error":{"type":"#)
            output.string(type)
            output.raw(#","message":"#)
            output.string(message)
            output.raw("}}")
        }
    }

    static func argument(_ message: String, status: Int = 400) -> QueryError {
        QueryError(status: status, type: "ArgumentError", message: message)
    }

    static let outOfBounds = argument("page_token is now out of bounds and cannot be used.", status: 422)
    static let forbidden = QueryError(
        status: 403, type: "ForbiddenError", message: "User is forbidden from taking that action")
    static let notFound = QueryError(
        status: 404, type: "record_not_found", message: "The requested record could not be found.")
}
