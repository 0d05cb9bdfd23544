internal import HTTP

/// How requests to Clio leave this machine, for a person.
public enum NetworkFacts {
    /// The proxy without its password, and the certificates that are trusted.
    public static var lines: [String] {
        lines(NetworkEnvironment())
    }

    static func lines(_ network: NetworkEnvironment) -> [String] {
        let except = network.noProxy.map { ", not for \($0) (NO_PROXY)" } ?? ""
        return [
            network.shownProxy.map { "requests use the proxy \($0)\(except)" } ?? "requests use no proxy",
            network.certificates.map { "trusted certificates are those in \($0.value) (\($0.variable))" }
                ?? "trusted certificates are those of this machine",
        ]
    }
}
