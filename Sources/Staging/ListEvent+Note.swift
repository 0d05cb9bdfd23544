extension ListEvent {
    /// The event for people: the only place that has the sentences.
    public var note: LayerNote {
        if case .earlier(let note) = self { return note }
        return LayerNote(code: code, severity: severity, message: message, stream: stream?.name)
    }

    /// The stable key that reports and logs use.
    private var code: String {
        switch self {
        case .masked: "masked"
        case .recentFirst: "recent_first"
        case .grouped: "grouped"
        case .groupsAbandoned: "group_filter_ignored"
        case .boundaries: "windows"
        case .skew: "out_of_step"
        case .continued: "goes_on"
        case .refetched: "walked_again"
        case .cursorLost: "restarted"
        case .limitReached: "wall"
        case .partitionFilterIgnored, .windowFilterIgnored, .changesFilterIgnored, .idsFilterIgnored,
            .unexpectedRecords:
            "filter_ignored"
        case .fieldRefused: "field_refused"
        case .batchSizeCut: "batch_size_cut"
        case .countsVoid: "counts_void"
        case .countUnknown: "count_unknown"
        case .countDiffers: "count_differs"
        case .repaired: "mended"
        case .unstable: "shifted"
        case .sweepIncomplete: "sweep_incomplete"
        case .otherUser: "other_user"
        case .forbidden: "forbidden"
        case .earlier(let note): note.code
        }
    }

    private var severity: LayerNote.Severity {
        switch self {
        case .masked, .recentFirst, .grouped, .boundaries, .skew, .continued, .refetched, .cursorLost,
            .partitionFilterIgnored, .countsVoid, .countUnknown, .repaired:
            .info
        case .groupsAbandoned, .windowFilterIgnored, .changesFilterIgnored, .idsFilterIgnored, .unexpectedRecords,
            .fieldRefused, .batchSizeCut, .unstable, .sweepIncomplete, .otherUser, .forbidden:
            .warning
        case .limitReached(_, let passage, _): passage == nil ? .warning : .info
        case .countDiffers(_, _, let isShort): isShort ? .warning : .info
        case .earlier(let note): note.severity
        }
    }

    private var message: String {
        switch self {
        case .masked(let fields, let key): fields.joined(separator: ", ") + " with key " + key
        case .recentFirst(let moment): "records since \(Moment.timestamp(moment)) are fetched first"
        case .grouped(let name): "fetched group by group, by \(name)"
        case .groupsAbandoned(.empty(let lookup)): "\(lookup) names no groups; the list is fetched without them"
        case .groupsAbandoned(.ignored(let filter)): "Clio ignores \(filter) here; the list is fetched without groups"
        case .groupsAbandoned(.refused(let filter)): "Clio refuses \(filter) here; the list is fetched without groups"
        case .boundaries(let moments):
            "the list is fetched in time windows, cut at " + moments.map(Moment.timestamp).joined(separator: " ")
        case .skew(let hours): "records were created up to \(hours) hours before others with lower ids"
        case .continued(_, let other): "continues \(other.name)"
        case .refetched(_, let expected, let received):
            "Clio counts \(expected.map { String($0) } ?? "no") records, \(received) came in several partitions; the list is "
                + "fetched again in one"
        case .cursorLost(let key): "Clio no longer takes the cursor of \(key.name); \(Self.remedy(for: key))"
        case .limitReached(let key, let passage, let shown): Self.limitText(key, passage, shown)
        case .partitionFilterIgnored(let parameter): "Clio ignores \(parameter) here; the list is fetched in one stream"
        case .windowFilterIgnored(let parameter):
            "Clio counts the same with \(parameter) as without it; the list cannot be cut in time"
        case .changesFilterIgnored(let parameter, let refusal):
            "Clio \(refusal == nil ? "ignores" : "refuses") \(parameter) here\(refusal.map { " (\($0))" } ?? ""); "
                + "what changed during the extract may be out of date until a refresh, which reads the list whole"
        case .idsFilterIgnored(let records, let isLookup):
            "Clio ignores ids[] here: \(records) records that the list "
                + (isLookup ? "no longer shows are kept" : "shows could not be fetched")
        case .unexpectedRecords(let count, let asked): "\(count) records do not match what was asked for (\(asked))"
        case .fieldRefused(let field): "the field `\(field)` was refused by Clio and left out"
        case .batchSizeCut(let wanted, let served):
            "Clio serves at most \(served) records a page: \(wanted) was cut to that"
        case .countsVoid(let counted):
            "Clio counts \(counted) records where it shows none: its counts are not used for this list"
        case .countUnknown: "Clio gave no count to compare with"
        case .countDiffers(let expected, let received, _): "Clio counts \(expected) records, \(received) came"
        case .repaired(let records):
            "the list changed while it was read: \(records) records that were on no page were fetched by their ids"
        case .unstable:
            "the list changed whenever it or its ids were read, which can hide records; run again with --sweep"
        case .sweepIncomplete: "the ids could not be read to their end; what was deleted is not known"
        case .otherUser(let records, let user):
            "\(records) records are not shown to \(user ?? "this user"), who did not fetch them: they are kept"
        case .forbidden(let text): text
        case .earlier(let note): note.message
        }
    }

    private static func remedy(for key: StreamKey) -> String {
        switch key.scope {
        case .group: "the rest of this group is fetched last"
        case .window: "it was started again"
        default: "another stream continues there"
        }
    }

    private static func limitText(_ key: StreamKey, _ passage: LimitPassage?, _ shown: Int?) -> String {
        switch passage {
        case .windows: return "Clio shows no more of this list in one stream; it is fetched in time windows"
        case .creations:
            return "Clio shows no more of this list in one stream; another one continues at the creations reached"
        case nil:
            if key.isChanges { return "more changed during the extract than Clio shows in one list; run with --sweep" }
            guard let shown else {
                return "Clio shows no more of this list, and nothing leads past it; later records are missing"
            }
            return
                "Clio shows no more than \(shown) records here, and no time window separates them; later records are missing"
        }
    }
}
