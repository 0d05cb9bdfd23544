internal import JSON

/// Which files make up a scope: one line each, after a line about all of them. Replacing this one object replaces them
/// all at once.
struct RemoteIndex: Sendable, Equatable {
    /// A file or a symbolic link below the firm's folder.
    struct Entry: Sendable, Equatable, Hashable {
        let path: String
        let content: Content

        enum Content: Sendable, Equatable, Hashable {
            case file(bytes: Int, digest: String)
            case link(target: String)
        }

        /// The key of its bytes below the firm's prefix; nil: a link has none. The digest in it makes the object one
        /// that is never written twice.
        var key: String? {
            guard case .file(_, let digest) = content else { return nil }
            return "files/\(path).\(digest.prefix(32))"
        }

        var bytes: Int { if case .file(let bytes, _) = content { bytes } else { 0 } }
    }

    let scope: RemoteScope
    /// Record numbers from here on are free.
    let sequence: Int64
    /// The machine that stored it, and when.
    let host: String
    let pushedAt: String
    /// In the order of their paths.
    let entries: [Entry]

    static let format: Int64 = 1

    /// The keys of its files' bytes.
    var keys: Set<String> { Set(entries.compactMap(\.key)) }
    /// The bytes of all its files.
    var bytes: Int { entries.reduce(0) { $0 + $1.bytes } }

    /// The index as it is stored.
    var text: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("format")
        writer.integer(Self.format)
        writer.key("scope")
        writer.string(scope.name)
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
        var header: (sequence: Int64, host: String, pushedAt: String)?
        var entries: [Entry] = []
        var isWhole = false
        for line in Array(bytes).split(separator: UInt8(ascii: "\n")) {
            guard !isWhole, let value = line.withUnsafeBytes({ try? parser.parse(copying: $0) }) else { throw damaged }
            if header == nil {
                guard let format = value["format"]?.int64 else { throw damaged }
                guard format == Self.format else {
                    throw RemoteError(.format, "\(place): was written by a later version of cliosync; update this one")
                }
                guard value["scope"]?.string == scope.name, let sequence = value["sequence"]?.int64,
                    (0...(1 << 53)).contains(sequence), let host = value["host"]?.string,
                    let pushedAt = value["pushed_at"]?.string
                else { throw damaged }
                header = (sequence, host, pushedAt)
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
            scope: scope, sequence: header.sequence, host: header.host, pushedAt: header.pushedAt, entries: entries)
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
                digest.utf8.count == 64, digest.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
            else { return nil }
            self.init(path: path, content: .file(bytes: Int(bytes), digest: digest))
        }
    }
}
