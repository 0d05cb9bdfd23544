internal import JSON

/// Cuts JSON texts into records that are not one a line: lists, pages (`{"data":[…]}`), one after the other,
/// over several lines. It looks at brackets and strings only; what is between them is handed on as it is.
struct RecordCutter {
    private enum State {
        /// Between the values of a text.
        case top
        /// In so many lists, and in the `data` of a page or not.
        case list(depth: Int, isPage: Bool)
        /// Before the one record of a page.
        case single
        /// After the records of a page, before its end.
        case rest
    }

    private var state = State.top

    /// What comes next in a text.
    enum Piece: Equatable {
        /// A record, by its place.
        case record(Range<Int>)
        /// Bytes to pass over.
        case skip(Int)
        /// More text is needed.
        case more
        /// No record begins there.
        case garbage(Int)
    }

    /// Whether a list or a page is open, so that the text may not end.
    var isOpen: Bool { if case .top = state { false } else { true } }

    /// Whether a line is not one record: it holds several, or a list, or is the beginning of an object over several lines.
    static func isNeeded(_ line: UnsafeRawBufferPointer) -> Bool {
        guard let first = line.firstIndex(where: { ![0x20, 0x09, 0x0D].contains($0) }) else { return false }
        switch line[first] {
        case UInt8(ascii: "["), 0x1E: return isCut(line)
        case UInt8(ascii: "{"):
            if PageStart.data(line, from: first) != nil { return isCut(line) }
            var brackets = JSONBrackets()
            let end = brackets.end(of: line, from: first)
            // Without an end it may be a damaged line, which is no reason to take the next lines for its rest.
            let rest = line[(end ?? first + 1)...].contains { ![0x20, 0x09, 0x0D].contains($0) }
            return end == nil ? !rest : rest && isCut(line)
        default: return false
        }
    }

    /// Whether all of a line can be cut.
    private static func isCut(_ line: UnsafeRawBufferPointer) -> Bool {
        var cutter = RecordCutter()
        var left = line[...]
        while true {
            switch cutter.next(UnsafeRawBufferPointer(rebasing: left)) {
            case .record(let place): left = left.dropFirst(place.upperBound)
            case .skip(let count): left = left.dropFirst(count)
            case .more: return true
            case .garbage: return false
            }
        }
    }

    /// The first piece of a text.
    mutating func next(_ text: UnsafeRawBufferPointer) -> Piece {
        if case .rest = state {
            var brackets = JSONBrackets(depth: 1)
            guard let end = brackets.end(of: text, from: 0) else { return .more }
            state = .top
            return .skip(end)
        }
        // The last is the separator of RFC 7464.
        guard let at = text.firstIndex(where: { ![0x20, 0x09, 0x0A, 0x0D, 0x1E, 0x2C].contains($0) }) else {
            return text.isEmpty ? .more : .skip(text.count)
        }
        if case .top = state, UnsafeRawBufferPointer(rebasing: text[at...]).starts(with: ImportText.mark) {
            return .skip(at + ImportText.mark.count)
        }
        switch (text[at], state) {
        case (UInt8(ascii: "["), .top): state = .list(depth: 1, isPage: false)
        case (UInt8(ascii: "["), .list(let depth, let isPage)): state = .list(depth: depth + 1, isPage: isPage)
        case (UInt8(ascii: "]"), .list(let depth, let isPage)):
            state = depth > 1 ? .list(depth: depth - 1, isPage: isPage) : isPage ? .rest : .top
        case (UInt8(ascii: "{"), _): return object(text, from: at)
        default: return .garbage(at)
        }
        return .skip(at + 1)
    }

    private mutating func object(_ text: UnsafeRawBufferPointer, from start: Int) -> Piece {
        if case .single = state {
        } else if let data = PageStart.data(text, from: start), !isInPage {
            if data.isList {
                state = .list(depth: 1, isPage: true)
                return .skip(data.place + 1)
            }
            state = .single
            return .skip(data.place)
        }
        var brackets = JSONBrackets()
        guard let end = brackets.end(of: text, from: start) else { return start > 0 ? .skip(start) : .more }
        if case .single = state { state = .rest }
        return .record(start..<end)
    }

    /// Pages are at the top: in a list they would be records.
    private var isInPage: Bool { if case .top = state { false } else { true } }
}

/// Finds the end of a value by its brackets.
struct JSONBrackets {
    private var depth: Int

    init(depth: Int = 0) { self.depth = depth }

    /// The place after the bracket that closes the last open one; nil when it is not there.
    mutating func end(of text: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var isInString = false
        var at = start
        while at < text.count {
            let byte = text[at]
            if isInString {
                if byte == UInt8(ascii: "\\") { at += 1 } else if byte == UInt8(ascii: "\"") { isInString = false }
            } else {
                switch byte {
                case UInt8(ascii: "\""): isInString = true
                case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    depth -= 1
                    if depth == 0 { return at + 1 }
                default: break
                }
            }
            at += 1
        }
        return nil
    }
}

/// Recognizes a page of Clio's: an object with `data` and without an id.
enum PageStart {
    /// Where the value of `data` begins; nil when the object is no page, or not enough of it is there.
    static func data(_ text: UnsafeRawBufferPointer, from start: Int) -> (place: Int, isList: Bool)? {
        var at = start + 1
        while let key = string(text, &at) {
            skipSpace(text, &at)
            guard at < text.count, text[at] == UInt8(ascii: ":") else { return nil }
            at += 1
            skipSpace(text, &at)
            guard at < text.count else { return nil }
            if key == "id" { return nil }
            if key == "data" {
                let isList = text[at] == UInt8(ascii: "[")
                return isList || text[at] == UInt8(ascii: "{") ? (at, isList) : nil
            }
            guard let end = valueEnd(text, at) else { return nil }
            at = end
            skipSpace(text, &at)
            guard at < text.count, text[at] == UInt8(ascii: ",") else { return nil }
            at += 1
        }
        return nil
    }

    private static func skipSpace(_ text: UnsafeRawBufferPointer, _ at: inout Int) {
        while at < text.count, [0x20, 0x09, 0x0A, 0x0D].contains(text[at]) { at += 1 }
    }

    /// A key, and the place after it.
    private static func string(_ text: UnsafeRawBufferPointer, _ at: inout Int) -> String? {
        skipSpace(text, &at)
        guard at < text.count, text[at] == UInt8(ascii: "\"") else { return nil }
        let start = at + 1
        at = start
        while at < text.count, text[at] != UInt8(ascii: "\"") { at += text[at] == UInt8(ascii: "\\") ? 2 : 1 }
        guard at < text.count else { return nil }
        defer { at += 1 }
        return String(decoding: text[start..<at], as: UTF8.self)
    }

    private static func valueEnd(_ text: UnsafeRawBufferPointer, _ start: Int) -> Int? {
        var at = start
        switch text[start] {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            var scanner = JSONBrackets()
            return scanner.end(of: text, from: start)
        case UInt8(ascii: "\""): return string(text, &at) == nil ? nil : at
        default:
            while at < text.count, ![0x2C, 0x7D, 0x20, 0x09, 0x0A, 0x0D].contains(text[at]) { at += 1 }
            return at < text.count ? at : nil
        }
    }
}
