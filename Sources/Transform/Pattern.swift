#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A compiled POSIX extended regular expression. Not Sendable: each worker compiles its own.
final class Pattern {
    private var expression = regex_t()

    /// nil: no regular expression.
    init?(_ text: String) {
        guard regcomp(&expression, text, REG_EXTENDED | REG_NOSUB) == 0 else { return nil }
    }

    deinit { regfree(&expression) }

    /// Whether the bytes, which may hold NUL, match somewhere.
    func matches(_ text: UnsafeRawBufferPointer) -> Bool {
        // REG_STARTEND takes the length from the match, so that nothing needs a terminator.
        var bounds = regmatch_t(rm_so: 0, rm_eo: regoff_t(text.count))
        let start = text.baseAddress?.assumingMemoryBound(to: CChar.self)
        guard let start else { return matchesEmpty() }
        return regexec(&expression, start, 1, &bounds, REG_STARTEND) == 0
    }

    private func matchesEmpty() -> Bool { regexec(&expression, "", 0, nil, 0) == 0 }
}
