internal import Bytes
internal import Hashing
internal import JSON

/// Replaces the values of some fields in the lines of a raw layer, so that they reach no file.
///
/// Every other byte stays as it is. A list on the way to a field stands for each of its elements.
public struct LayerMask: Sendable {
    /// What one field becomes.
    public enum Replacement: Sendable, Equatable {
        /// A keyed hash of the value; `null` stays `null`.
        case hash
        /// `null`.
        case null
    }

    /// What is masked and how, as the manifest says it.
    public let text: String
    private let root: Node
    private let hash: KeyedHash

    /// A step on the way to masked fields.
    struct Node: Sendable {
        var replacement: Replacement?
        var members: [String: Node] = [:]

        mutating func add(_ path: ArraySlice<String>, _ replacement: Replacement) {
            guard let first = path.first else {
                self.replacement = replacement
                return
            }
            members[first, default: Node()].add(path.dropFirst(), replacement)
        }
    }

    /// The code of the note that says with which mask a layer was fetched.
    static let noteCode = "masked"
    private static let keyMark = " with key "

    /// A mask of these fields; nil when there are none.
    /// - Parameter fields: where they are, what becomes of them, and each of them as text.
    public init?(_ fields: [(path: [String], replacement: Replacement, text: String)], key: MaskKey) {
        guard !fields.isEmpty else { return nil }
        var root = Node()
        for field in fields { root.add(field.path[...], field.replacement) }
        self.root = root
        hash = key.hash
        text = fields.map(\.text).sorted().joined(separator: ", ") + Self.keyMark + key.name
    }

    /// The fields of a note's message.
    static func fields(_ message: String) -> Set<String> {
        let list = message.firstRange(of: keyMark).map { message[..<$0.lowerBound] } ?? message[...]
        return Set(list.split(separator: ",").map { $0.drop { $0 == " " } }.map(String.init))
    }

    /// The same lines without the values. What is no JSON may hold them anywhere and is left out as a whole.
    func apply(_ lines: [UInt8]) -> [UInt8] {
        let parser = JSONParser()
        var out = ByteBuffer(capacity: lines.count + 64)
        lines.withUnsafeBytes { bytes in
            var begin = 0
            while begin < bytes.count {
                let end = bytes[begin...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
                let line = UnsafeRawBufferPointer(rebasing: bytes[begin..<end])
                if (try? parser.parse(copying: line)) != nil {
                    var writer = MaskWriter(line, hash)
                    writer.write(root, into: &out)
                } else if !line.isEmpty {
                    out.append("\"left out: no JSON, where values are masked\"" as StaticString)
                }
                out.append(UInt8(ascii: "\n"))
                begin = end + 1
            }
        }
        return out.array()
    }
}

extension RawManifest {
    /// The masked fields that the layer was fetched with, each as its text.
    public var masks: Set<String> { maskNote.map { LayerMask.fields($0.message) } ?? [] }

    /// Whether the layer was begun with this very mask, or nothing is in it that could have been masked.
    func hasMask(_ mask: LayerMask?) -> Bool { maskNote?.message == mask?.text || (mask == nil && pages.isEmpty) }

    /// The note that says so.
    var maskNote: LayerNote? { notes.last { $0.code == LayerMask.noteCode } }
}
