internal import JSON

extension ListEvent {
    /// Writes the members of its line.
    func write(to line: inout JSONWriter) {
        func event(_ name: String, _ key: StreamKey? = nil) {
            line.member("event", name)
            if let key { line.member("stream", key.name) }
        }
        switch self {
        case .masked(let fields, let key):
            event("masked")
            line.member("fields", fields)
            line.member("key", key)
        case .recentFirst(let moment):
            event("recent_first")
            line.member("since", Moment.timestamp(moment))
        case .grouped(let name):
            event("grouped")
            line.member("by", name)
        case .groupsAbandoned(let problem):
            event("groups_abandoned")
            switch problem {
            case .empty(let lookup): line.member("lookup", lookup)
            case .ignored(let filter): line.member("ignored", filter)
            case .refused(let filter): line.member("refused", filter)
            }
        case .boundaries(let moments):
            event("boundaries")
            line.member("at", moments.map(Moment.timestamp))
        case .skew(let hours):
            event("skew")
            line.member("hours", hours)
        case .continued(let key, let other):
            event("continued", key)
            line.member("from", other.name)
        case .refetched(let key, let expected, let received):
            event("refetched", key)
            line.member("expected", expected)
            line.member("received", received)
        case .cursorLost(let key): event("cursor_lost", key)
        case .limitReached(let key, let passage, let shown):
            event("limit_reached", key)
            line.member("passed_by", passage?.rawValue)
            line.member("shown", shown)
        case .partitionFilterIgnored(let parameter):
            event("partition_filter_ignored")
            line.member("filter", parameter)
        case .windowFilterIgnored(let parameter):
            event("window_filter_ignored")
            line.member("filter", parameter)
        case .changesFilterIgnored(let parameter, let refusal):
            event("changes_filter_ignored")
            line.member("filter", parameter)
            line.member("refusal", refusal)
        case .idsFilterIgnored(let records, let isLookup):
            event("ids_filter_ignored")
            line.member(isLookup ? "kept" : "missing", records)
        case .unexpectedRecords(let records, let asked):
            event("unexpected_records")
            line.member("records", records)
            line.member("asked", asked)
        case .fieldRefused(let field):
            event("field_refused")
            line.member("field", field)
        case .batchSizeCut(let wanted, let served):
            event("batch_size_cut")
            line.member("wanted", wanted)
            line.member("served", served)
        case .countsVoid(let counted):
            event("counts_void")
            line.member("counted", counted)
        case .countUnknown: event("count_unknown")
        case .countDiffers(let expected, let received, let isShort):
            event("count_differs")
            line.member("expected", expected)
            line.member("received", received)
            line.key("short")
            line.bool(isShort)
        case .repaired(let records):
            event("repaired")
            line.member("records", records)
        case .unstable: event("unstable")
        case .sweepIncomplete: event("sweep_incomplete")
        case .otherUser(let records, let user):
            event("other_user")
            line.member("records", records)
            line.member("user", user)
        case .forbidden(let text):
            event("forbidden")
            line.member("text", text)
        case .earlier(let note):
            line.member("note", note.code)
            line.member("severity", note.severity.rawValue)
            line.member("message", note.message)
            line.member("stream", note.stream)
        }
    }

    /// Reads an `event` line.
    init(_ line: JournalLine) throws(StagingError) {
        switch try line.text("event") {
        case "masked": self = .masked(fields: try line.texts("fields"), key: try line.text("key"))
        case "recent_first": self = .recentFirst(since: try line.moment("since"))
        case "grouped": self = .grouped(by: try line.text("by"))
        case "groups_abandoned":
            if let lookup = line.optionalText("lookup") {
                self = .groupsAbandoned(.empty(lookup: lookup))
            } else if let filter = line.optionalText("ignored") {
                self = .groupsAbandoned(.ignored(filter: filter))
            } else {
                self = .groupsAbandoned(.refused(filter: try line.text("refused")))
            }
        case "boundaries":
            var moments: [Double] = []
            for text in try line.texts("at") {
                guard let moment = Moment.seconds(text) else { throw line.error("has a boundary that is no instant") }
                moments.append(moment)
            }
            self = .boundaries(moments)
        case "skew": self = .skew(hours: try line.number("hours"))
        case "continued": self = .continued(try line.stream("stream"), from: try line.stream("from"))
        case "refetched":
            self = .refetched(
                try line.stream("stream"), expected: line.optionalNumber("expected"),
                received: try line.number("received"))
        case "cursor_lost": self = .cursorLost(try line.stream("stream"))
        case "limit_reached":
            let passage = line.optionalText("passed_by").flatMap(LimitPassage.init)
            self = .limitReached(try line.stream("stream"), passedBy: passage, shown: line.optionalNumber("shown"))
        case "partition_filter_ignored": self = .partitionFilterIgnored(parameter: try line.text("filter"))
        case "window_filter_ignored": self = .windowFilterIgnored(parameter: try line.text("filter"))
        case "changes_filter_ignored":
            self = .changesFilterIgnored(parameter: try line.text("filter"), refusal: line.optionalText("refusal"))
        case "ids_filter_ignored":
            if let kept = line.optionalNumber("kept") {
                self = .idsFilterIgnored(records: kept, isLookup: true)
            } else {
                self = .idsFilterIgnored(records: try line.number("missing"), isLookup: false)
            }
        case "unexpected_records":
            self = .unexpectedRecords(try line.number("records"), asked: try line.text("asked"))
        case "field_refused": self = .fieldRefused(try line.text("field"))
        case "batch_size_cut":
            self = .batchSizeCut(wanted: try line.number("wanted"), served: try line.number("served"))
        case "counts_void": self = .countsVoid(counted: try line.number("counted"))
        case "count_unknown": self = .countUnknown
        case "count_differs":
            self = .countDiffers(
                expected: try line.number("expected"), received: try line.number("received"),
                isShort: line.value["short"]?.bool ?? true)
        case "repaired": self = .repaired(records: try line.number("records"))
        case "unstable": self = .unstable
        case "sweep_incomplete": self = .sweepIncomplete
        case "other_user": self = .otherUser(records: try line.number("records"), user: line.optionalText("user"))
        case "forbidden": self = .forbidden(try line.text("text"))
        default: throw line.error("has an event that this version does not know")
        }
    }
}

extension JournalLine {
    fileprivate func moment(_ key: String) throws(StagingError) -> Double {
        guard let moment = Moment.seconds(try text(key)) else { throw error("lacks the instant \"\(key)\"") }
        return moment
    }

    fileprivate func stream(_ key: String) throws(StagingError) -> StreamKey { StreamKey(name: try text(key)) }
}
