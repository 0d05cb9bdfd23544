import SyncManager

/// What a refresh would do, as a person reads it.
struct RefreshPreviewPrinter {
    private let preview: RefreshPreview

    init(_ preview: RefreshPreview) { self.preview = preview }

    var text: String {
        let table = Format.table(
            ["phase", "list", "in Clio", "here", "to fetch", "net deleted", "requests", "by"],
            preview.lists.map { list in
                [
                    list.phase, list.entity, list.inClio.map(Format.count) ?? "-", Format.count(list.held),
                    list.fetched.map(Format.count) ?? "-", list.netDeleted.map(Format.count) ?? "-",
                    list.error == nil ? Format.count(list.requests) : "-", way(list),
                ]
            }, right: [2, 3, 4, 5, 6])
        return ([preview.firm.map { "firm  \(Terminal.brief($0, 70))" }, table, notes, total].compactMap { $0 })
            .joined(separator: "\n\n")
    }

    private func way(_ list: RefreshPreview.List) -> String {
        if list.error != nil { return Terminal.red("no answer") }
        return switch list.work {
        case "extract": "the rest of the extract"
        case "ids": "changes, all ids"
        case "etags": "changes, all etags"
        case "records": "all records"
        case "changes": "changes"
        default: "changes, counts"
        }
    }

    private var notes: String? {
        let errors = preview.lists.compactMap { list in
            list.error.map { "  \(list.phase)/\(list.entity): \(Terminal.brief($0))" }
        }
        return errors.isEmpty ? nil : (["Notes"] + errors).joined(separator: "\n")
    }

    private var total: String {
        "at least \(Format.count(preview.requests)) requests in about \(Format.duration(preview.seconds)), at up to "
            + "\(Format.count(Int(preview.requestsPerMinute))) a minute; nothing was fetched or written "
            + "(\(Format.count(preview.requestsMade)) requests)"
    }
}
