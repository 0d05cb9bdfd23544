internal import Bytes
internal import Hashing
internal import JSON

/// Replaces the values of some fields in the lines of a raw layer, so that they reach no file.
///
/// Every other byte stays as it is. A list on the way to a field means each of its elements.
public struct LayerMask: Sendable {
    /// What one field becomes.
    public enum Replacement: Sendable, Equatable {
        /// A keyed hash of the value; `null` stays `null`.
        case hash
        /// `null`.
        case null
    }

    /// What is masked and how, as the journal says it.
    let event: ListEvent
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

    /// A mask of these fields; nil when there are none.
    /// - Parameter fields: where they are, what becomes of them, and each of them as text.
    public init?(_ fields: [(path: [String], replacement: Replacement, text: String)], key: MaskKey) {
        guard !fields.isEmpty else { return nil }
        var root = Node()
        for field in fields { root.add(field.path[...], field.replacement) }
        self.root = root
        hash = key.hash
        event = .masked(fields: fields.map(\.text).sorted(), key: key.name)
    }

    /// What is masked and how, in words.
    public var text: String { event.note.message }

    /// The same lines without the values. What is no JSON may hold them anywhere and is left out as a whole.
    public func apply(_ lines: [UInt8]) -> [UInt8] {
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
    public var masks: Set<String> {
        if case .masked(let fields, _) = maskEvent { Set(fields) } else { [] }
    }

    /// Whether the layer was begun with this very mask, or nothing is in it that could have been masked.
    func hasMask(_ mask: LayerMask?) -> Bool { maskEvent == mask?.event || (mask == nil && pages.isEmpty) }

    private var maskEvent: ListEvent? {
        events.last { if case .masked = $0 { true } else { false } }
    }
}
