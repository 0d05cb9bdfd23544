/// What is wrong with a name of an entity or a phase that the pipelines do not have, and which one was probably meant.
package enum UnknownName {
    /// - Parameter orTable: whether a table's name would have done, too.
    package static func entity(_ name: String, in catalog: Catalog, orTable: Bool = false) -> String {
        let known = unique(catalog.entities.map(\.name))
        let candidates = orTable ? known + catalog.entities.map(\.table.name) : known
        return message("entity", name, among: candidates, "the pipelines have", known.sorted())
    }

    /// An entity that is in none of the phases that were asked for, be it in another one or nowhere.
    package static func entity(_ name: String, in phases: [Phase], of catalog: Catalog) -> String {
        let elsewhere = catalog.phases.filter { $0.entity(named: name) != nil }.map(\.name)
        guard elsewhere.isEmpty else {
            return "\(name) is in the phase \(elsewhere.joined(separator: " and ")), not in "
                + "\(phases.map(\.name).joined(separator: ", ")); give --phase \(elsewhere[0])"
        }
        let known = unique(phases.flatMap(\.entities).map(\.name))
        // Another phase may have the one that was meant.
        return message("entity", name, among: known + catalog.entities.map(\.name), "these phases have", known)
    }

    package static func phase(_ name: String, in catalog: Catalog) -> String {
        let known = catalog.phases.map(\.name)
        return message("phase", name, among: known, "the pipelines have", known)
    }

    /// With the one that was probably meant, or with all that there are: there may be dozens.
    private static func message(
        _ kind: String, _ name: String, among candidates: [String], _ owners: String, _ known: [String]
    ) -> String {
        let hint = Suggestion.hint(name, among: candidates)
        let rest = hint.isEmpty ? "; \(owners) \(known.joined(separator: ", "))" : hint
        return "there is no \(kind) \(name.prefix(64))\(rest)"
    }

    private static func unique(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }
}
