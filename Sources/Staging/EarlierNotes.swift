/// Reads the facts that earlier versions stored as sentences.
///
/// No line of this version is a note; what is not understood stays as it is, for people.
enum EarlierNotes {
    static func event(_ note: LayerNote) -> ListEvent { understood(note) ?? .earlier(note) }

    private static func understood(_ note: LayerNote) -> ListEvent? {
        let text = note.message
        let key = note.stream.map { StreamKey(name: $0) }
        switch note.code {
        case "masked":
            guard let (fields, name) = halves(text, at: " with key ") else { return nil }
            return .masked(
                fields: fields.split(separator: ",").map { String($0.drop { $0 == " " }) }, key: String(name))
        case "recent_first": return last(text).flatMap { Moment.seconds($0) }.map { .recentFirst(since: $0) }
        case "grouped": return last(text).map { .grouped(by: $0) }
        case "group_filter_ignored":
            if let (lookup, _) = halves(text, at: " names no groups") {
                return .groupsAbandoned(.empty(lookup: lookup))
            }
            if let filter = word(text, after: "Clio does not look at ") {
                return .groupsAbandoned(.ignored(filter: filter))
            }
            return word(text, after: "Clio does not take ").map { .groupsAbandoned(.refused(filter: $0)) }
        case "windows":
            guard let (_, list) = halves(text, at: "edges: ") else { return nil }
            return .boundaries(list.split(separator: " ").compactMap { Moment.seconds(String($0)) })
        case "out_of_step":
            // A list is never out of step by more than a century: such a number was edited.
            return numbers(text).first { (0...876_600).contains($0) }.map { .skew(hours: $0) }
        case "goes_on":
            guard let key, let (_, other) = halves(text, at: "it goes on from ") else { return nil }
            return .continued(key, from: StreamKey(name: other))
        case "walked_again":
            guard let key else { return nil }
            let counts = numbers(text)
            return .refetched(key, expected: counts.count > 1 ? counts[0] : nil, received: counts.last ?? 0)
        case "restarted": return key.map { .cursorLost($0) }
        case "wall":
            guard let key else { return nil }
            guard note.severity == .info else {
                return .limitReached(key, passedBy: nil, shown: key.isChanges ? nil : numbers(text).first)
            }
            let isByWindows = text.contains("time windows")
            return .limitReached(key, passedBy: isByWindows ? .windows : .creations, shown: nil)
        case "filter_ignored": return ignoredFilter(note)
        case "field_refused":
            let parts = text.split(separator: "`", omittingEmptySubsequences: false)
            return parts.count > 2 ? .fieldRefused(String(parts[1])) : nil
        case "batch_size_cut":
            let sizes = numbers(text)
            return sizes.count == 2 ? .batchSizeCut(wanted: sizes[1], served: sizes[0]) : nil
        case "counts_void": return numbers(text).first.map { .countsVoid(counted: $0) }
        case "count_unknown": return .countUnknown
        case "count_differs":
            let counts = numbers(text)
            guard counts.count == 2 else { return nil }
            return .countDiffers(expected: counts[0], received: counts[1], isShort: note.severity == .warning)
        case "mended": return numbers(text).first.map { .repaired(records: $0) }
        case "shifted": return .unstable
        case "sweep_incomplete": return text.hasPrefix("the ids could not") ? .sweepIncomplete : nil
        case "other_user":
            guard let (count, rest) = halves(text, at: " records are not shown to "), let records = Int(count),
                let (user, _) = halves(rest, at: ", who did not")
            else { return nil }
            return .otherUser(records: records, user: user == "this user" ? nil : user)
        case "forbidden": return .forbidden(text)
        default: return nil
        }
    }

    private static func ignoredFilter(_ note: LayerNote) -> ListEvent? {
        let text = note.message
        let looked = word(text, after: "Clio does not look at ")
        if note.severity == .info { return .partitionFilterIgnored(parameter: looked ?? "") }
        if looked == "ids[]", let records = numbers(text).first {
            return .idsFilterIgnored(records: records, isLookup: text.hasSuffix("kept"))
        }
        if let looked { return .changesFilterIgnored(parameter: looked, refusal: nil) }
        if let refused = word(text, after: "Clio does not take ") {
            let reason = halves(text, at: "(").flatMap { halves($0.1, at: ")") }?.0
            return .changesFilterIgnored(parameter: refused, refusal: reason ?? "")
        }
        if let bound = word(text, after: "Clio counts the same with ") { return .windowFilterIgnored(parameter: bound) }
        guard let records = numbers(text).first, let asked = halves(text, at: "asked for (")?.1, asked.hasSuffix(")")
        else { return nil }
        return .unexpectedRecords(records, asked: String(asked.dropLast()))
    }

    private static func halves(_ text: String, at mark: String) -> (String, String)? {
        text.firstRange(of: mark).map { (String(text[..<$0.lowerBound]), String(text[$0.upperBound...])) }
    }

    private static func word(_ text: String, after start: String) -> String? {
        guard text.hasPrefix(start) else { return nil }
        return text.dropFirst(start.count).split(separator: " ").first.map(String.init)
    }

    private static func last(_ text: String) -> String? { text.split(separator: " ").last.map(String.init) }

    private static func numbers(_ text: String) -> [Int] { text.split { !$0.isNumber }.compactMap { Int($0) } }
}
