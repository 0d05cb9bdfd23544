internal import Glibc

/// The hosts that `NO_PROXY` lists, by libcurl's rules: names with all below them, addresses, networks such as
/// `10.0.0.0/8`, or `*` for all.
struct ProxyExceptions {
    private let entries: [Substring]

    init(_ list: String) { entries = list.split { $0 == "," || $0.isWhitespace } }

    /// Whether a host is reached without the proxy.
    func contain(_ host: String) -> Bool {
        if entries.contains("*") { return true }
        var name = host[...]
        if name.hasPrefix("[") { name = name.dropFirst().dropLast() }
        if name.hasSuffix(".") { name = name.dropLast() }
        let address = Self.bytes(name)
        return entries.contains { entry in
            if let address { return Self.network(entry, holds: address) }
            var domain = entry.lowercased()[...]
            if domain.hasSuffix(".") { domain = domain.dropLast() }
            if domain.hasPrefix(".") { domain = domain.dropFirst() }
            return !domain.isEmpty && (name == domain || name.hasSuffix("." + domain))
        }
    }

    private static func network(_ entry: Substring, holds address: [UInt8]) -> Bool {
        let parts = entry.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let network = bytes(parts[0]), network.count == address.count else { return false }
        guard parts.count == 2 else { return network == address }
        guard let bits = Int(parts[1]), (0...address.count * 8).contains(bits) else { return false }
        return address.indices.allSatisfy { index in
            let kept = min(8, max(0, bits - index * 8))
            let mask = UInt8(truncatingIfNeeded: 0xFF00 >> kept)
            return address[index] & mask == network[index] & mask
        }
    }

    /// An address of version 4 or 6 as bytes; nil for a name.
    private static func bytes(_ text: Substring) -> [UInt8]? {
        let plain = text.hasPrefix("[") && text.hasSuffix("]") ? text.dropFirst().dropLast() : text
        for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
            var bytes = [UInt8](repeating: 0, count: count)
            if inet_pton(family, String(plain), &bytes) == 1 { return bytes }
        }
        return nil
    }
}
