internal import Bytes
internal import Hashing
internal import JSON
public import Staging

/// The tokens of one connection in a file that only its owner may read.
public struct TokenFile: Sendable, Equatable {
    /// Sent with every request.
    public var accessToken: String
    /// Exchanged for a new access token; nil when the login gave none.
    public var refreshToken: String?
    /// UTC, `2026-12-24T10:00:00Z`; what Clio named, for people.
    public var expiresAt: String?
    /// Scheme and host that the tokens belong to: a token of one region is refused by the others.
    public var baseURL: String
    /// What the tokens allow, where Clio says so; for people.
    public var scope: String?
    /// The project folder that the login was made in; nil in files of earlier versions and of renewed variables.
    public var folder: String?
    /// Represents the login where Clio names neither account nor user: a hash of its first tokens, which stays when they are
    /// renewed; nil: they were not renewed yet.
    public var mark: String?

    /// The content of a file to be written.
    public init(
        accessToken: String, refreshToken: String?, expiresAt: String?, baseURL: String, scope: String? = nil,
        folder: String? = nil, mark: String? = nil
    ) {
        self.accessToken = accessToken
        self.refreshToken = refreshToken
        self.expiresAt = expiresAt
        self.baseURL = baseURL
        self.scope = scope
        self.folder = folder
        self.mark = mark
    }

    /// The hash that represents tokens.
    public static func mark(baseURL: String, accessToken: String, refreshToken: String?) -> String {
        String(SHA256.hex("\(baseURL)\n\(refreshToken ?? accessToken)").prefix(16))
    }

    /// Reads the file; nil when there is none.
    public static func read(_ path: String) throws(StagingError) -> TokenFile? {
        guard let bytes = try Files.read(path) else { return nil }
        let file = bytes.withUnsafeBytes { bytes in
            JSONParser.reading(bytes) { parsed -> TokenFile? in
                guard let access = parsed["access_token"]?.string, let base = parsed["base_url"]?.string else {
                    return nil
                }
                return TokenFile(
                    accessToken: access, refreshToken: parsed["refresh_token"]?.string,
                    expiresAt: parsed["expires_at"]?.string, baseURL: base,
                    scope: parsed["scope"]?.string, folder: parsed["folder"]?.string,
                    mark: parsed["mark"]?.string)
            } ?? nil
        }
        guard let file else {
            throw StagingError(.corrupt, "\(path): is no token file; remove it")
        }
        return file
    }

    /// Writes the file beside the old one and puts it in its place in one step; makes its folder.
    public func write(to path: String) throws(StagingError) {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("access_token")
        writer.string(accessToken)
        if let refreshToken {
            writer.key("refresh_token")
            writer.string(refreshToken)
        }
        if let expiresAt {
            writer.key("expires_at")
            writer.string(expiresAt)
        }
        if let scope {
            writer.key("scope")
            writer.string(scope)
        }
        if let folder {
            writer.key("folder")
            writer.string(folder)
        }
        if let mark {
            writer.key("mark")
            writer.string(mark)
        }
        writer.key("base_url")
        writer.string(baseURL)
        writer.endObject()
        writer.newline()
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            try Files.createFolder(String(path[..<slash]))
        }
        try Files.write(writer.buffer.array(), to: path)
    }
}
