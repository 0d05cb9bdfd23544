internal import Glibc

/// Arguments, variables and folders that are no UTF-8: read as text they would name other files, or be other values.
public enum TextInput {
    /// Variables that name files, folders or hosts.
    private static let paths = [
        "HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "TMPDIR", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "HTTPS_PROXY",
        "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy",
    ]

    /// The first argument, or variable that is looked at, that is no UTF-8, and what to do; nil: there is none.
    /// - Parameter prefixes: what the names of the program's own variables begin with.
    public static func problem(variables prefixes: [String] = []) -> String? {
        for number in 1..<max(1, Int(CommandLine.argc)) {
            guard let argument = CommandLine.unsafeArgv[number] else { break }
            let bytes = UnsafeRawBufferPointer(start: argument, count: strlen(argument))
            guard String(validating: bytes, as: UTF8.self) == nil else { continue }
            return "argument \(number), \(shown(bytes)), is no UTF-8 text; rename the file or folder"
        }
        if let folder = getcwd(nil, 0) {
            defer { free(folder) }
            let bytes = UnsafeRawBufferPointer(start: folder, count: strlen(folder))
            if String(validating: bytes, as: UTF8.self) == nil {
                return "the current folder, \(shown(bytes)), has a name that is no UTF-8 text; rename it"
            }
        }
        var next = environ
        while let entry = next.pointee {
            let bytes = UnsafeRawBufferPointer(start: entry, count: strlen(entry))
            next += 1
            guard String(validating: bytes, as: UTF8.self) == nil else { continue }
            let name = String(decoding: bytes.prefix { $0 != UInt8(ascii: "=") }, as: UTF8.self)
            // Its value may be a secret.
            if paths.contains(name) || prefixes.contains(where: { name.hasPrefix($0) }) {
                return "the variable \(name) in the environment is no UTF-8 text; set it in a terminal that uses UTF-8"
            }
        }
        return nil
    }

    /// Bytes as a shell writes them: `$'b\xFFd'`.
    private static func shown(_ bytes: UnsafeRawBufferPointer) -> String {
        var text = "$'"
        for byte in bytes.prefix(4096) {
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
