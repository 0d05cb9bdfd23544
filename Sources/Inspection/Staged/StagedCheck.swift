internal import Bytes
internal import Foundation
internal import Gzip
public import JSON
internal import Pipelines
internal import Staging

extension StagedLayers {
    /// Something wrong with a staged file.
    public struct Finding: JSONReport, Sendable, Equatable {
        /// The file.
        public let path: String
        /// What is wrong and how to fix it.
        public let message: String

        init(path: String, message: String) {
            self.path = path
            self.message = message
        }

        /// An error's text begins with its path.
        init(_ error: StagingError) {
            let parts = error.description.split(separator: ": ", maxSplits: 1)
            path = parts.first.map(String.init) ?? ""
            message = parts.count > 1 ? String(parts[1]) : error.description
        }
    }

    /// Reads every committed byte and compares it with the manifests.
    /// - Returns: the findings; empty when everything is as it was written.
    public func check(onFile: (String) -> Void = { _ in }) throws -> [Finding] {
        var findings: [Finding] = []
        do {
            _ = try DecisionFile(folder).read()
        } catch {
            findings.append(Finding(error))
        }
        for entity in selection.entities {
            let place = folder.entity(phase: entity.phase, name: entity.name)
            do {
                if let manifest = try RawManifest.read(place) {
                    findings += try torn(place.rawManifest, by: "cliosync extract --phase \(entity.phase)")
                    findings += try checkRaw(manifest, place, entity, onFile) + checkMasks(manifest, place, entity)
                } else if try Files.names(in: place.raw).contains(where: { $0.hasSuffix(".ndjson.gz") }) {
                    findings.append(
                        Finding(
                            path: place.rawManifest,
                            message:
                                "is missing, so that nothing reads the parts beside it; bring it back, or move the parts "
                                + "away and run `cliosync extract --phase \(entity.phase) --entity \(entity.name)`"))
                }
                let raw = try RawManifest.read(place)
                if let manifest = try ResultManifest.readStrictly(place) {
                    findings += try torn(
                        place.clean + "/manifest.ndjson", by: "cliosync transform --phase \(entity.phase)")
                    findings += try checkResult(manifest, place, entity, onFile)
                    findings += disagreements(manifest, raw, place, entity)
                } else if try ResultManifest.isNamed(place) {
                    findings.append(
                        Finding(
                            path: place.clean + "/manifest.ndjson",
                            message:
                                "is missing or empty, so that nothing reads the clean and flagged parts; "
                                + "`cliosync transform --phase \(entity.phase) --entity \(entity.name)` makes them again"
                        ))
                }
            } catch {
                findings.append(Finding(error))
            }
        }
        return try findings + strayLayers()
    }

    /// What the manifests of an entity say of each other and of themselves, and cannot be.
    private func disagreements(
        _ manifest: ResultManifest, _ raw: RawManifest?, _ place: EntityFolder, _ entity: Entity
    ) -> [Finding] {
        guard let raw else {
            return [
                Finding(
                    path: place.raw,
                    message:
                        "is gone, and what is transformed was made from it; bring it back, or run "
                        + "`cliosync extract --phase \(entity.phase) --entity \(entity.name)`")
            ]
        }
        let sums = Dictionary(raw.parts.map { ($0.name, $0.crc) }) { first, _ in first }
        return manifest.parts.compactMap { part in
            let isSound =
                part.accepted + part.rejected == part.records && part.rejectedLines.count == part.rejected
                && part.pages.reduce(0) { $0 + $1.records } == part.records
                && (part.clean?.records ?? 0) == part.accepted
                && (part.flagged?.records ?? 0) == part.rejected + part.warned
            // Of another raw generation, the parts are others; verify and transform look at that.
            let isOfRaw =
                manifest.header.rawGeneration != raw.header.generation
                || sums[part.part].map { $0 == part.rawCRC } ?? false
            guard !isSound || !isOfRaw else { return nil }
            return Finding(
                path: place.clean + "/manifest.ndjson",
                message:
                    "what it says of part \(part.part) \(isSound ? "is not of the raw part" : "does not add up"); "
                    + "`cliosync transform --phase \(entity.phase) --entity \(entity.name) --force` makes it again")
        }
    }

    /// Files and folders beside those of the entities.
    private func strayLayers() throws(StagingError) -> [Finding] {
        let phases = Set(selection.entities.map(\.phase))
        var findings: [Finding] = []
        for phase in selection.catalog.phases where phases.contains(phase.name) {
            let known = Set(phase.entities.map(\.name))
            for layer in Layer.allCases {
                let root = "\(folder.path)/\(phase.name)/\(layer.rawValue)"
                findings += try unknownFiles(
                    in: root, known: known, "is of no entity of the pipeline files, so nothing reads it")
            }
        }
        return findings
    }

    private func checkRaw(
        _ manifest: RawManifest, _ place: EntityFolder, _ entity: Entity, _ onFile: (String) -> Void
    ) throws(StagingError) -> [Finding] {
        let remedy = "`cliosync extract --phase \(entity.phase) --entity \(entity.name) --force` fetches it again"
        var findings: [Finding] = []
        var known: Set<String> = ["manifest.ndjson"]
        for part in manifest.parts {
            let file = manifest.file(part, in: place)
            known.insert(part.name + ".ndjson.gz")
            onFile(file.path)
            // Each page carries its own checksum, so that the damage can be pinned down.
            if let problem = try damage(file, crc: part.sealed ? part.crc : nil) {
                let pages = damagedPages(manifest.pages(of: part.name), file)
                findings.append(Finding(path: file.shownPath, message: "\(problem)\(pages); \(remedy)"))
            } else if let size = try Files.size(file.path), size > file.bytes, part.sealed {
                findings.append(
                    Finding(
                        path: file.shownPath,
                        message:
                            "has \(size - file.bytes) bytes after its committed end; they are not read; truncate the file there"
                    ))
            }
        }
        var behind: Int64 = 0
        for page in manifest.pages {
            if page.spans.contains(where: { $0.sequence < behind }) {
                findings.append(
                    Finding(
                        path: place.rawManifest,
                        message:
                            "page \(page.page) of \(page.stream.name) has a number that another page has; \(remedy)"))
            }
            behind = max(behind, page.endSequence)
        }
        return try findings + unknownFiles(in: place.raw, known: known)
    }

    /// What was fetched before a mask was written into the pipeline file, or with one that is not there any more.
    private func checkMasks(_ manifest: RawManifest, _ place: EntityFolder, _ entity: Entity) -> [Finding] {
        guard manifest.records > 0 else { return [] }
        let remedy = "`cliosync extract --phase \(entity.phase) --entity \(entity.name) --force` fetches it again"
        let wanted = Set(entity.masks.map(\.text))
        let plain = wanted.subtracting(manifest.masks).sorted().joined(separator: ", ")
        let gone = manifest.masks.subtracting(wanted).sorted().joined(separator: ", ")
        var findings: [Finding] = []
        if !plain.isEmpty {
            findings.append(
                Finding(
                    path: place.raw,
                    message: "was fetched before these masks and holds plain values: \(plain); \(remedy)"))
        }
        if !gone.isEmpty {
            findings.append(
                Finding(
                    path: place.raw,
                    message: "was fetched with masks that the pipeline file has no more: \(gone); \(remedy)"))
        }
        return findings
    }

    private func checkResult(
        _ manifest: ResultManifest, _ place: EntityFolder, _ entity: Entity, _ onFile: (String) -> Void
    ) throws(StagingError) -> [Finding] {
        let remedy = "`cliosync transform --phase \(entity.phase) --entity \(entity.name) --force` makes it again"
        var findings: [Finding] = []
        var known: [String: Set<String>] = ["clean": ["manifest.ndjson"], "flagged": ["manifest.ndjson"]]
        for part in manifest.parts {
            for (layer, file) in [("clean", part.clean), ("flagged", part.flagged)] {
                guard let file else { continue }
                known[layer]?.insert(part.part + ".ndjson.gz")
                onFile(file.path)
                if let problem = try damage(file, crc: file.crc) {
                    findings.append(Finding(path: file.shownPath, message: "\(problem); \(remedy)"))
                }
            }
        }
        return try findings + unknownFiles(in: place.clean, known: known["clean"] ?? [])
            + unknownFiles(in: place.flagged, known: known["flagged"] ?? [])
    }

    /// A last line that a kill cut off does not count; the next writer removes it.
    private func torn(_ manifest: String, by command: String) throws(StagingError) -> [Finding] {
        guard let last = try Files.lastByte(manifest), last != UInt8(ascii: "\n") else { return [] }
        return [
            Finding(
                path: manifest,
                message:
                    "its last line is torn and does not count; delete it, or let `\(command)` cut it off when it next writes"
            )
        ]
    }

    /// Which pages of a damaged part are hit, by their own checksums.
    private func damagedPages(_ pages: [RawPageEntry], _ file: PartFile) -> String {
        guard pages.count > 1, let handle = FileHandle(forReadingAtPath: file.path) else { return "" }
        defer { try? handle.close() }
        var hit: [String] = []
        var first = 1
        for page in pages {
            try? handle.seek(toOffset: UInt64(page.offset))
            let bytes = (try? handle.read(upToCount: page.bytes)) ?? Data()
            if bytes.count != page.bytes || bytes.withUnsafeBytes({ crc32($0) }) != page.crc {
                hit.append("\(first) to \(first + page.records - 1)")
            }
            first += page.records
        }
        return hit.isEmpty ? "" : " in lines \(hit.joined(separator: ", "))"
    }

    /// What is wrong with a part's committed bytes; nil when nothing is.
    private func damage(_ file: PartFile, crc expected: UInt32?) throws(StagingError) -> String? {
        guard let size = try Files.size(file.path) else { return "is missing" }
        guard size >= file.bytes else { return "has \(size) bytes where its manifest counts \(file.bytes)" }
        do {
            if let expected {
                guard let handle = FileHandle(forReadingAtPath: file.path) else { return "cannot be read" }
                defer { try? handle.close() }
                var sum: UInt32 = 0
                var left = file.bytes
                while left > 0, let chunk = try handle.read(upToCount: min(1 << 20, left)), !chunk.isEmpty {
                    sum = chunk.withUnsafeBytes { crc32($0, seed: sum) }
                    left -= chunk.count
                }
                guard sum == expected else { return "its bytes are not those that were written (checksum differs)" }
            }
            let reader = try NDJSONReader(file)
            while try reader.next() != nil {}
            guard reader.line == file.records else {
                return "has \(reader.line) lines where its manifest counts \(file.records)"
            }
            return nil
        } catch let error as StagingError {
            return "is damaged: \(error.description)"
        } catch {
            return "cannot be read: \(error.localizedDescription)"
        }
    }

    private func unknownFiles(
        in path: String, known: Set<String>, _ what: String = "is in no manifest, so nothing reads it"
    ) throws(StagingError) -> [Finding] {
        try Files.names(in: path).filter { !known.contains($0) && !Files.isTemporary($0) && !$0.hasPrefix(".") }.map {
            Finding(path: "\(path)/\($0)", message: what + "; move it away")
        }
    }
}
