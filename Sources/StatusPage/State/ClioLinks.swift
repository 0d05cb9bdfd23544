internal import Pipelines

/// Where a firm's Clio shows its records.
struct ClioLinks: Sendable {
    /// By "phase/entity".
    var templates: [String: LinkTemplate] = [:]
    /// Which Clio it is, as the account names it; nil: not known.
    var site: String?

    /// The address of a record; nil: the pipelines name none.
    func address(_ phase: String, _ entity: String, _ id: String) -> String? {
        guard let site, let template = templates["\(phase)/\(entity)"] else { return nil }
        return template.address(site: site, id: id)
    }
}
