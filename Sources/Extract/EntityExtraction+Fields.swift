internal import HTTP
internal import Pipelines
internal import Staging

extension EntityExtraction {
    /// Finds what Clio refused with 400, leaves it out and notes it.
    /// - Throws: the refusal itself when it is not for a field.
    func dropRefusedFields(
        _ fields: inout FieldList, after refusal: ClioError, _ writer: RawLayerWriter
    ) async throws {
        var refused: [String] = []
        if let named = fields.named(in: refusal.description) {
            // A name in a message proves nothing: the field must be refused when it is asked for by itself.
            let alone = named.split(separator: ".").count == 2 ? named.replacing(".", with: "{") + "}" : named
            if try await !isAccepted([alone]) { refused = [named] }
        }
        if refused.isEmpty {
            // Without any field it must work; otherwise fields are not the reason.
            guard try await isAccepted([]) else { throw refusal }
            refused = try await search(fields.wanted.filter { $0 != "id" })
        }
        guard !refused.isEmpty else { throw refusal }
        for field in refused {
            fields.drop(field)
            try await record(.fieldRefused(field), to: writer)
        }
    }

    /// The refused ones among fields that are refused together, by halves.
    private func search(_ fields: [String]) async throws -> [String] {
        if fields.isEmpty { return [] }
        if try await isAccepted(fields) { return [] }
        if fields.count == 1 {
            let inner = FieldList.inner(fields[0])
            guard inner.count > 1 else { return fields }
            let head = FieldList.head(fields[0])
            var refused: [String] = []
            for name in inner where try await !isAccepted(["\(head){\(name)}"]) { refused.append("\(head).\(name)") }
            return refused.isEmpty || refused.count == inner.count ? fields : refused
        }
        let middle = fields.count / 2
        return try await search(Array(fields[..<middle])) + search(Array(fields[middle...]))
    }

    /// Whether Clio takes a request for these fields, asked with one record.
    private func isAccepted(_ fields: [String]) async throws -> Bool {
        var query = entity.parameters.map { ($0.name, $0.value) } + [("limit", "1")]
        if let order = entity.order { query.append(("order", order)) }
        let wanted = fields.contains("id") ? fields : ["id"] + fields
        query.append(("fields", FieldList(wanted: wanted).parameter))
        guard let address = client.address("\(entity.endpoint).json", query) else { throw client.unusable }
        do throws(ClioError) {
            _ = try await client.page(address, PageChecks(), context("fields"))
            return true
        } catch {
            if error.kind == .refused { return false }
            throw error
        }
    }
}
