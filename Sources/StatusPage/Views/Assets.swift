internal import EmbeddedFiles
internal import Foundation
internal import Hashing

/// Style, script and icon: built into the program, served under names that change with their content.
struct Assets: Sendable {
    struct File: Sendable {
        let path: String
        let type: String
        let text: String

        init(_ name: String, _ type: String, _ bytes: [UInt8]) {
            text = String(decoding: bytes, as: UTF8.self)
            path = "/assets/\(SHA256.hex(text).prefix(12))/\(name)"
            self.type = type
        }
    }

    let style = File("page.css", "text/css; charset=utf-8", EmbeddedFiles.pageStyle)
    let script = File("page.js", "text/javascript; charset=utf-8", EmbeddedFiles.pageScript)
    let icon = File("icon.svg", "image/svg+xml", EmbeddedFiles.pageIcon)

    /// The file at an address.
    func file(_ path: [String]) -> File? {
        let wanted = "/" + path.joined(separator: "/")
        return [style, script, icon].first { $0.path == wanted }
    }
}
