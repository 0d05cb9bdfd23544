import Bytes
import Foundation
import HTTP
import Staging
import StoreDouble
import Testing

@testable import Remote

/// Machines, each with a folder of its own, and one store.
final class Fleet: Sendable {
    let double: StoreDouble
    let root = NSTemporaryDirectory() + "/cliosync-remote-\(UUID().uuidString.prefix(8))"

    init() async throws { double = try await StoreDouble() }

    deinit {
        double.stop()
        try? FileManager.default.removeItem(atPath: root)
    }

    func folder(_ machine: String) throws -> ConnectionFolder {
        try ConnectionFolder(staging: "\(root)/\(machine)", connection: "smith")
    }

    /// - Parameter time: seconds since 1970; the double's objects are of 20:00 on 28 November 2026.
    func remote(_ machine: String, at time: Int64 = 1_795_896_000) throws -> RemoteFolder {
        let endpoint = try #require(WebAddress("http://127.0.0.1:\(double.port)"))
        let location = try #require(StoreLocation("s3://bucket/firms", endpoint: endpoint))
        let store = ObjectStore(
            location, keys: StoreKeys(accessKey: "KEY", secretKey: "SECRET"),
            retry: StoreRetry(maximumRetries: 0, base: 0.001))
        return RemoteFolder(store, folder: try folder(machine), host: machine) { time }
    }

    func write(_ machine: String, _ files: [String: String]) throws {
        for (path, text) in files {
            let full = try folder(machine).path + "/" + path
            try Files.createFolder(Files.parent(of: full))
            try Files.write(Array(text.utf8), to: full)
        }
    }

    /// Every file and link of a machine, without locks and counters.
    func contents(_ machine: String) throws -> [String: String] {
        var contents: [String: String] = [:]
        let path = try folder(machine).path
        for name in try FileManager.default.subpathsOfDirectory(atPath: path)
        where !name.hasPrefix(".remote") && name != ".sequence" {
            let full = path + "/" + name
            if let target = try Files.linkTarget(full) {
                contents[name] = "-> " + target
            } else if try !Files.isFolder(full) {
                contents[name] = String(decoding: try Files.read(full) ?? [], as: UTF8.self)
            }
        }
        return contents
    }
}
