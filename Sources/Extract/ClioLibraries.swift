internal import HTTP

/// What talks to Clio beneath this stage.
public enum ClioLibraries {
    /// `libcurl/7.88.1`.
    public static var http: String { HTTPLibrary.description.split(separator: " ").first.map(String.init) ?? "libcurl" }
    /// The library that does TLS; nil when there is none.
    public static var tls: String? { HTTPLibrary.tls }
}
