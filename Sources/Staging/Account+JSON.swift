package import JSON

extension Account: Encodable {
    /// The account as a JSON object, as manifests and databases store it.
    public var json: String {
        var writer = JSONWriter()
        write(to: &writer)
        return writer.text
    }

    /// The same object in a report.
    public func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        try value.encode(RawJSON(json))
    }

    /// Reads what `json` made; nil for anything else.
    public init?(json text: String) {
        let account = Array(text.utf8).withUnsafeBytes { bytes -> Account? in
            let parser = JSONParser()
            return withExtendedLifetime(parser) { (try? parser.parse(copying: bytes)).flatMap { Account($0) } }
        }
        guard let account else { return nil }
        self = account
    }

    package init?(_ value: JSONValue) {
        guard let site = value["site"]?.string else { return nil }
        self.init(
            id: value["id"]?.int64, name: value["name"]?.string, userID: value["user_id"]?.int64,
            userName: value["user_name"]?.string, baseURL: site, credential: value["credential"]?.string)
    }

    func write(to line: inout JSONWriter) {
        line.beginObject()
        if let id { line.member("id", id) }
        if let name { line.member("name", name) }
        if let userID { line.member("user_id", userID) }
        if let userName { line.member("user_name", userName) }
        line.member("site", site)
        // Only where nothing better is known.
        if let credential, id == nil, userID == nil { line.member("credential", credential) }
        line.endObject()
    }
}
