internal import JSON

/// Which files make up a scope: one line each, after a line about all of them. Replacing this one object replaces them
/// all at once.
struct RemoteIndex: Sendable, Equatable {
    /// A file or a symbolic link below the firm's folder.
    struct Entry: Sendable, Hashable {
        let path: String
        let content: Content
        /// The objects that make up its bytes, in order; empty: one object has all of them. A file that grows gets another
        /// piece with each push, so that no byte is sent twice. Two entries with the same content are equal.
        var pieces: [Piece] = []

        static func == (one: Entry, other: Entry) -> Bool { one.path == other.path && one.content == other.content }

        func hash(into hasher: inout Hasher) {
            hasher.combine(path)
            hasher.combine(content)
        }

        enum Content: Sendable, Equatable, Hashable {
            case file(bytes: Int, digest: String)
            case link(target: String)
        }

        /// The objects of its bytes; a link has none.
        var objects: [Piece] {
            guard case .file(let bytes, let digest) = content else { return [] }
            return pieces.isEmpty ? [Piece(bytes: bytes, digest: digest)] : pieces
        }

        /// The keys of its bytes below the firm's prefix.
        var keys: [String] { objects.map(key) }

        func key(_ piece: Piece) -> String { "files/\(path).\(piece.name)" }

        var bytes: Int { if case .file(let bytes, _) = content { bytes } else { 0 } }
    }

    /// Some bytes of a file. The digest in its key makes the object one that is never written twice.
    struct Piece: Sendable, Equatable {
        let bytes: Int
        /// The first digits of the SHA-256.
        let name: String

        /// - Parameter digest: at least the first 32 digits.
        init(bytes: Int, digest: String) {
            self.bytes = bytes
            name = String(digest.prefix(32))
        }
    }

    let scope: RemoteScope
    /// Grows with every holder of the scope's lease; 0: it was stored without one. A holder raises it before its work, so
    /// that what an earlier one still sends is refused.
    var fence: Int64 = 0
    /// Record numbers from here on are free.
    let sequence: Int64
    /// The machine that stored it, and when.
    let host: String
    let pushedAt: String
    /// In the order of their paths.
    let entries: [Entry]

    /// The second format has files in pieces.
    static let formats: ClosedRange<Int64> = 1...2

    /// The keys of its files' bytes.
    var keys: Set<String> { Set(entries.flatMap(\.keys)) }
    var entriesByPath: [String: Entry] { Dictionary(entries.map { ($0.path, $0) }) { first, _ in first } }
    /// The bytes of all its files.
    var bytes: Int { entries.reduce(0) { $0 + $1.bytes } }

    /// The index as it is stored.
    var text: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("format")
        writer.integer(entries.allSatisfy(\.pieces.isEmpty) ? Self.formats.lowerBound : Self.formats.upperBound)
        writer.key("scope")
        writer.string(scope.name)
        if fence > 0 {
            writer.key("fence")
            writer.integer(fence)
        }
        writer.key("sequence")
        writer.integer(sequence)
        writer.key("host")
        writer.string(host)
        writer.key("pushed_at")
        writer.string(pushedAt)
        writer.endObject()
        writer.newline()
        for entry in entries {
            writer.beginObject()
            writer.key("path")
            writer.string(entry.path)
            switch entry.content {
            case .file(let bytes, let digest):
                writer.key("bytes")
                writer.integer(bytes)
                writer.key("sha256")
                writer.string(digest)
                if !entry.pieces.isEmpty { Self.write(entry.pieces, to: &writer) }
            case .link(let target):
                writer.key("link")
                writer.string(target)
            }
            writer.endObject()
            writer.newline()
        }
        // So that a file that was cut off is not taken for a whole one.
        writer.beginObject()
        writer.key("files")
        writer.integer(entries.count)
        writer.endObject()
        writer.newline()
        return Array(writer.text.utf8)
    }

    private static func write(_ pieces: [Piece], to writer: inout JSONWriter) {
        writer.key("pieces")
        writer.beginArray()
        for piece in pieces {
            writer.beginArray()
            writer.integer(piece.bytes)
            writer.string(piece.name)
            writer.endArray()
        }
        writer.endArray()
    }
}

extension RemoteIndex {
    /// Reads what `text` made.
    /// - Parameter place: where it lies, for messages.
    init(_ bytes: some Sequence<UInt8>, of scope: RemoteScope, place: String) throws(RemoteError) {
        let damaged = RemoteError(
            .damaged,
            "\(place): is no index of \(scope.name); `cliosync remote push --force` on the machine that has the files replaces it"
        )
        let parser = JSONParser()
        var header: (fence: Int64, sequence: Int64, host: String, pushedAt: String)?
        var entries: [Entry] = []
        var isWhole = false
        for line in Array(bytes).split(separator: UInt8(ascii: "\n")) {
            guard !isWhole, let value = line.withUnsafeBytes({ try? parser.parse(copying: $0) }) else { throw damaged }
            if header == nil {
                guard let format = value["format"]?.int64 else { throw damaged }
                guard Self.formats.contains(format) else {
                    throw RemoteError(.format, "\(place): was written by a later version of cliosync; update this one")
                }
                guard value["scope"]?.string == scope.name, let sequence = value["sequence"]?.int64,
                    (0...(1 << 53)).contains(sequence), let host = value["host"]?.string,
                    let pushedAt = value["pushed_at"]?.string
                else { throw damaged }
                header = (max(0, value["fence"]?.int64 ?? 0), sequence, host, pushedAt)
            } else if let count = value["files"]?.int64 {
                guard count == entries.count else { throw damaged }
                isWhole = true
            } else {
                guard let entry = Entry(value, of: scope) else { throw damaged }
                entries.append(entry)
            }
        }
        guard let header, isWhole else { throw damaged }
        self.init(
            scope: scope, fence: header.fence, sequence: header.sequence, host: header.host,
            pushedAt: header.pushedAt, entries: entries)
    }

    /// Whether a text has so many hexadecimal digits, as the digests of keys have.
    fileprivate static func isDigest(_ text: String, digits: Int) -> Bool {
        text.utf8.count == digits && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }
}

extension RemoteIndex.Entry {
    /// nil: it is no entry, or would be written outside of the scope.
    fileprivate init?(_ value: JSONValue, of scope: RemoteScope) {
        guard let path = value["path"]?.string, scope.contains(path) else { return nil }
        if let target = value["link"]?.string {
            guard scope.contains(link: path, target: target) else { return nil }
            self.init(path: path, content: .link(target: target))
        } else {
            guard let bytes = value["bytes"]?.int64, bytes >= 0, let digest = value["sha256"]?.string,
                RemoteIndex.isDigest(digest, digits: 64), let pieces = Self.pieces(value)
            else { return nil }
            guard pieces.isEmpty || pieces.reduce(0, { $0 + $1.bytes }) == bytes else { return nil }
            self.init(path: path, content: .file(bytes: Int(bytes), digest: digest), pieces: pieces)
        }
    }

    private static func pieces(_ value: JSONValue) -> [RemoteIndex.Piece]? {
        var pieces: [RemoteIndex.Piece] = []
        var isFine = true
        value["pieces"]?.forEachElement { element in
            var members: [JSONValue] = []
            element.forEachElement { members.append($0) }
            guard members.count == 2, let bytes = members[0].int64, (0...(1 << 40)).contains(bytes),
                let name = members[1].string, RemoteIndex.isDigest(name, digits: 32)
            else { return isFine = false }
            pieces.append(RemoteIndex.Piece(bytes: Int(bytes), digest: name))
        }
        return isFine ? pieces : nil
    }
}
