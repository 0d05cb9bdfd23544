import ArgumentParser
import SyncManager

/// Refuses arguments that are no UTF-8: read as text they would name other files.
enum TextArguments {
    /// - Throws: `ConfigurationError` that shows the argument with its bytes.
    static func check() throws(ConfigurationError) {
        for number in 1..<max(1, Int(CommandLine.argc)) {
            guard let argument = CommandLine.unsafeArgv[number] else { return }
            let bytes = UnsafeRawBufferPointer(start: argument, count: length(argument))
            guard String(validating: bytes, as: UTF8.self) == nil else { continue }
            throw ConfigurationError(
                "argument \(number), \(shown(bytes)), is no UTF-8 text; rename the file or folder, or go there and give a "
                    + "path that begins below it")
        }
    }

    private static func length(_ text: UnsafeMutablePointer<CChar>) -> Int {
        var count = 0
        while text[count] != 0 { count += 1 }
        return count
    }

    /// As a shell writes it: `$'b\xFFd'`.
    private static func shown(_ bytes: UnsafeRawBufferPointer) -> String {
        var text = "$'"
        for byte in bytes.prefix(200) {
            if byte >= 0x20, byte < 0x7F, byte != 0x27, byte != 0x5C {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                text += "\\x" + (digits.count < 2 ? "0" : "") + digits
            }
        }
        return text + "'"
    }
}
