import Foundation
import Logging
import Staging
import Synchronization

/// What this process writes to: results on stdout, everything else on stderr.
enum Terminal {
    /// Whether a person watches stderr.
    static let isInteractive = isatty(STDERR_FILENO) == 1 && Variables.value("TERM") != "dumb"

    /// Whether a person reads the results as they come, on a terminal that can move its cursor.
    static let showsResults = isatty(STDOUT_FILENO) == 1 && Variables.value("TERM") != "dumb"

    /// Whether colours are welcome (https://no-color.org): no result in a pipe or a file has any.
    static let hasColor =
        isInteractive && showsResults && Variables.value("NO_COLOR") == nil

    /// The terminal that progress is drawn on, 80 columns and 24 rows where there is none.
    static var size: RunScreen.Size { size(of: STDERR_FILENO) ?? RunScreen.Size(columns: 80, rows: 24) }

    /// The terminal that results go to.
    static var resultSize: RunScreen.Size { size(of: STDOUT_FILENO) ?? RunScreen.Size(columns: 80, rows: 24) }

    private static func size(of descriptor: Int32) -> RunScreen.Size? {
        var size = winsize()
        guard isatty(descriptor) == 1, ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return nil
        }
        return RunScreen.Size(columns: Int(size.ws_col), rows: size.ws_row > 0 ? Int(size.ws_row) : 24)
    }

    /// Columns of what results go to: the terminal's, or more than any table has where it is no terminal.
    static var resultWidth: Int { size(of: STDOUT_FILENO)?.columns ?? 1_000_000 }

    /// The first failure to write a result; what follows it is not written.
    private static let failed = Mutex<OutputWriter.Failure?>(nil)

    /// Why results can no longer be written; nil while they can.
    static var failure: OutputWriter.Failure? { failed.withLock { $0 } }

    /// Writes a result. The command continues when that fails; its exit code reports it.
    static func print(_ text: String, terminator: String = "\n") { print(bytes: (escaped(text) + terminator).utf8) }

    /// Writes a result as it is.
    /// - Returns: whether results can still be written, so that a long listing ends where they cannot.
    @discardableResult
    static func print(bytes: some Collection<UInt8>) -> Bool {
        failed.withLock { failed in
            guard failed == nil else { return false }
            do throws(OutputWriter.Failure) {
                try OutputWriter.results.write(bytes)
                return true
            } catch {
                failed = error
                return false
            }
        }
    }

    /// Writes the report of work that is done whether or not it can be read: its exit code stays.
    /// - Parameter remedy: how to see it again.
    static func report(_ text: String, remedy: String = "`cliosync status` shows it again") {
        print(text)
        acceptLostReport(remedy)
    }

    /// Says on stderr that a report could not be written, which is no failure of the work.
    static func acceptLostReport(_ remedy: String = "`cliosync status` shows it again") {
        let failure = failed.withLock { failed in
            defer { failed = nil }
            return failed
        }
        guard let failure, !failure.isClosedPipe else { return }
        note("the report could not be written to stdout (\(failure.description)); \(remedy)")
    }

    /// `--log-format`; known before the options are parsed, so that wrong usage is JSON, too.
    static let style: StderrLogHandler.Style = {
        let arguments = CommandLine.arguments
        let values = zip(arguments, arguments.dropFirst()).filter { $0.0 == "--log-format" }.map(\.1)
        return values.last == "json" || arguments.contains("--log-format=json") ? .json : .text
    }()

    /// Writes anything else. Where that is not possible, the work continues silently.
    static func note(_ text: String) { note(text, .info, prefix: "") }

    /// Writes a warning.
    static func warning(_ text: String) { note(text, .warning, prefix: yellow("warning: ")) }

    /// Writes an error.
    static func error(_ text: String) { note(text, .error, prefix: red("error: ")) }

    private static func note(_ text: String, _ level: Logger.Level, prefix: String) {
        let text = AdvisedCommand.completed(text)
        switch style {
        case .text: writeLine(prefix + text)
        case .json:
            writeLine(
                StderrLogHandler.json(level: level, label: "cliosync", message: text, metadata: [:]))
        }
    }

    /// Writes a line as it is, above the lines that are drawn again and again.
    static func writeLine(_ text: String) {
        drawn.withLock { area in
            let before = isInteractive ? area.erase(columns: size.columns) : ""
            write(before + escaped(text) + "\n")
        }
    }

    private static let drawn = Mutex(LiveArea())

    /// Draws lines in the place of those that were drawn last.
    static func draw(_ lines: [RunScreen.Line], columns: Int) {
        drawn.withLock { area in write(area.draw(lines, columns: columns, style: styled)) }
    }

    /// Wipes the last lines where the report takes their place, and leaves them where it goes elsewhere.
    static func endDrawing(columns: Int) {
        drawn.withLock { area in
            if showsResults { write(area.erase(columns: columns)) }
            area = LiveArea()
        }
    }

    /// A line with its colors.
    static func styled(_ line: RunScreen.Line) -> String {
        switch line.kind {
        case .head: bold(line.text)
        case .work: line.text
        case .rest: dim(line.text)
        case .wait: yellow(line.text)
        }
    }

    /// Writes to people, without an end of the line.
    static func write(_ text: String) { try? OutputWriter.notes.write(text.utf8) }

    /// Text that may come from a record or a file name, with control characters made visible: no escape sequence of
    /// another program's reaches the terminal.
    static func safe(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            if scalar.value < 0x20 || isUnruly(scalar) {
                result += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Control characters beyond ASCII's, and what turns the direction of the text or breaks the line.
    private static func isUnruly(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x7F..<0xA0, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    /// The same text, with what JSON leaves as it is but a terminal may obey written as JSON escapes; means the same
    /// inside of JSON.
    private static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isUnruly) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if isUnruly(scalar) {
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Columns that a text takes: wide characters two, marks none.
    static func columns(_ text: some StringProtocol) -> Int {
        text.unicodeScalars.reduce(0) { sum, scalar in
            switch scalar.properties.generalCategory {
            case .nonspacingMark, .enclosingMark, .format: return sum
            default: break
            }
            switch scalar.value {
            case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
                0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
                return sum + 2
            default: return sum + 1
            }
        }
    }

    /// The same, and no longer than a few lines.
    static func brief(_ text: String, _ limit: Int = 400) -> String {
        text.count <= limit
            ? safe(text) : safe(String(text.prefix(limit))) + "… (\(text.count - limit) characters more)"
    }

    static func styled(_ text: String, _ code: String) -> String { hasColor ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text }
    static func bold(_ text: String) -> String { styled(text, "1") }
    static func dim(_ text: String) -> String { styled(text, "2") }
    static func green(_ text: String) -> String { styled(text, "32") }
    static func yellow(_ text: String) -> String { styled(text, "33") }
    static func red(_ text: String) -> String { styled(text, "31") }
}
