internal import JSON

extension JSONParser {
    /// Reads a small text that may lack the padding and hands out its value, which lives no longer than the parser.
    /// - Returns: nil when it is no JSON.
    static func reading<T>(_ bytes: UnsafeRawBufferPointer, _ body: (JSONValue) -> T) -> T? {
        let parser = JSONParser()
        return withExtendedLifetime(parser) {
            guard let value = try? parser.parse(copying: bytes) else { return nil }
            return body(value)
        }
    }
}
