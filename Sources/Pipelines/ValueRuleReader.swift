#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Reads what a column's values must be, as far as its type can have it.
struct ValueRuleReader {
    let type: ColumnType

    func allowed(_ value: YAMLValue) -> [String] {
        guard type == .text || type == .integer || type == .boolean else {
            value.report("allowed: a column of type \(type.rawValue) cannot have it; text, integer and boolean can")
            return []
        }
        guard let elements = value.list("allowed") else { return [] }
        if elements.isEmpty { value.report("allowed: expected at least one value") }
        var texts: [String] = []
        for element in elements {
            let text: String?
            switch (type, element.kind) {
            case (.integer, .integer(let number)): text = String(number)
            case (.boolean, .boolean(let flag)): text = flag ? "true" : "false"
            case (.text, _): text = element.text("allowed")
            default:
                element.report("allowed: expected values of type \(type.rawValue), got \(element.words)")
                text = nil
            }
            guard let text else { continue }
            if texts.contains(text) { element.report("allowed: \"\(text.prefix(64))\" is listed twice") }
            texts.append(text)
        }
        return texts
    }

    func range(_ value: YAMLValue) -> ValueRange? {
        guard type == .integer || type == .decimal || type == .date || type == .timestamp else {
            value.report(
                "range: a column of type \(type.rawValue) cannot have it; integer, decimal, date and timestamp can")
            return nil
        }
        guard let object = YAMLObject(value, "range", keys: PipelineKeys.range) else { return nil }
        guard object["min"] != nil || object["max"] != nil else {
            value.report("range: expected min, max or both")
            return nil
        }
        let low = object["min"].map { bound($0, "min") }
        let high = object["max"].map { bound($0, "max") }
        if case .some(nil) = low { return nil }
        if case .some(nil) = high { return nil }
        if let low = low ?? nil, let high = high ?? nil, !isOrdered(low, high) {
            value.report("range: min \(low) is above max \(high)")
        }
        return ValueRange(minimum: low ?? nil, maximum: high ?? nil)
    }

    func pattern(_ value: YAMLValue) -> String? {
        guard let text = value.text("pattern") else { return nil }
        guard type == .text else {
            value.report("pattern: a column of type \(type.rawValue) cannot have it; text can")
            return nil
        }
        if let fault = Self.fault(inPattern: text) {
            value.report("pattern: \(fault)")
            return nil
        }
        return text
    }

    private func bound(_ value: YAMLValue, _ what: String) -> String? {
        switch (type, value.kind) {
        case (.integer, .integer(let number)): return String(number)
        case (.decimal, .integer(let number)): return String(number)
        case (.decimal, .decimal(let number)): return String(number)
        case (.date, .text(let text)) where CalendarText.isDate(text): return text
        case (.timestamp, .text(let text)) where CalendarText.isTimestamp(text): return text
        default: break
        }
        let expected =
            switch type {
            case .integer: "an integer within 64 bits"
            case .decimal: "a number"
            case .date: "a date, for example 1900-01-01"
            default: "a timestamp in UTC, for example 2020-01-31T00:00:00Z"
            }
        value.report("\(what): expected \(expected), got \(value.words) \"\(value.written.prefix(64))\"")
        return nil
    }

    private func isOrdered(_ low: String, _ high: String) -> Bool {
        switch type {
        case .integer: (Int64(low) ?? 0) <= (Int64(high) ?? 0)
        case .decimal: (Double(low) ?? 0) <= (Double(high) ?? 0)
        default: low <= high
        }
    }

    /// Why a text is no pattern, in the words of the C library, or nil.
    static func fault(inPattern text: String) -> String? {
        // The C library unrolls {n,m} and recurses into parentheses: what is too large is refused before it tries.
        guard text.utf8.count <= 500 else { return "is longer than 500 characters" }
        guard !text.utf8.contains(0) else { return "holds a NUL character" }
        guard unrolledRepetitions(text) <= 20_000 else { return "repeats too much; use smaller numbers in {…}" }
        var expression = regex_t()
        let code = regcomp(&expression, text, REG_EXTENDED | REG_NOSUB)
        guard code != 0 else {
            regfree(&expression)
            return nil
        }
        var message = [CChar](repeating: 0, count: 200)
        regerror(code, &expression, &message, message.count)
        let end = message.firstIndex(of: 0) ?? message.count
        let words = String(decoding: message[..<end].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return "is no POSIX extended regular expression: \(words)"
    }

    /// The product of all upper bounds of `{n}` and `{n,m}`: as bad as if they were nested.
    private static func unrolledRepetitions(_ text: String) -> Int {
        var product = 1
        for part in text.split(separator: "{", omittingEmptySubsequences: false).dropFirst() {
            let numbers = part.prefix { $0 != "}" }.split(separator: ",").compactMap { Int($0) }
            product = min(product, 1_000_000) * min(max(1, numbers.max() ?? 1), 100_000)
        }
        return product
    }
}
