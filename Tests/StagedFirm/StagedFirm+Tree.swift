public import Foundation
public import Inspection
internal import Staging

extension StagedFirm {
    /// Contacts 1 to 3 and matters 1 to 6: 4 is warned (closed before it was opened), 5 is rejected (status).
    public static func small() async throws -> StagedFirm {
        let firm = try StagedFirm()
        try await firm.stageSmall()
        try await firm.run(phases: ["core"])
        return firm
    }

    /// The lines of `small`, imported and nothing more.
    public func stageSmall() async throws {
        try await stage("contacts", (1...3).map { Line.contact($0, phones: ["+1 555 010\($0)"]) })
        try await stage(
            "matters",
            [1, 2, 3].map { Line.matter($0) } + [
                Line.matter(4, opened: "2024-05-01", closed: "2024-04-01"), Line.matter(5, status: "Lost"),
                Line.matter(6, client: 3),
            ])
    }

    /// The staged files, as `staged` shows them.
    public var layers: StagedLayers {
        get throws { try StagedLayers(staging: staging, connection: connection, selection: selection()) }
    }

    /// Every file below the folder of staged files with its bytes, links followed by their own name.
    public func contents() throws -> [String: Data] {
        var files: [String: Data] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: staging)
        where try !Files.isFolder("\(staging)/\(path)") {
            // A lock is taken by whoever looks.
            if (path as NSString).lastPathComponent.hasSuffix(".lock") { continue }
            files[path] = try Data(contentsOf: URL(fileURLWithPath: "\(staging)/\(path)"))
        }
        return files
    }

    /// The committed part files of an entity in all layers.
    public func parts(_ name: String) throws -> [String] {
        let place = try place(name)
        return try [place.raw, place.clean, place.flagged].flatMap { folder in
            try Files.names(in: folder).filter { $0.hasSuffix(".ndjson.gz") }.map { "\(folder)/\($0)" }
        }
    }
}

/// Changes one byte of a file.
public func flip(_ path: String, at offset: Int) throws {
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    bytes[bytes.startIndex + offset] ^= 0x10
    try bytes.write(to: URL(fileURLWithPath: path))
}
