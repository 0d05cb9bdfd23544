internal import Bytes
internal import Foundation
internal import Gzip
internal import JSON
internal import Pipelines
internal import Staging

extension StagedLayers {
    /// Something wrong with a staged file.
    public struct Finding: Sendable, Equatable {
        /// The file.
        public let path: String
        /// What is wrong and how it is mended.
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

        /// One JSON object.
        public var json: String {
            var line = JSONWriter()
            line.beginObject()
            line.member("path", path)
            line.member("message", message)
            line.endObject()
            return line.text
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
                    findings += torn(place.rawManifest, by: "cliosync extract --phase \(entity.phase)")
                    findings += checkRaw(manifest, place, entity, onFile)
                } else if Files.names(in: place.raw).contains(where: { $0.hasSuffix(".ndjson.gz") }) {
                    findings.append(
                        Finding(
                            path: place.rawManifest,
                            message:
                                "is missing, so that nothing reads the parts beside it; bring it back, or move the parts "
                                + "away and run `cliosync extract --phase \(entity.phase) --entity \(entity.name)`"))
                }
                if let manifest = try ResultManifest.read(place) {
                    findings += torn(
                        place.clean + "/manifest.ndjson", by: "cliosync transform --phase \(entity.phase)")
                    findings += checkResult(manifest, place, entity, onFile)
                }
            } catch {
                findings.append(Finding(error))
            }
        }
        return findings
    }

    private func checkRaw(
        _ manifest: RawManifest, _ place: EntityFolder, _ entity: Entity, _ onFile: (String) -> Void
    ) -> [Finding] {
        let remedy = "`cliosync extract --phase \(entity.phase) --entity \(entity.name) --force` fetches it again"
        var findings: [Finding] = []
        var known: Set<String> = ["manifest.ndjson"]
        for part in manifest.parts {
            let file = manifest.file(part, in: place)
            known.insert(part.name + ".ndjson.gz")
            onFile(file.path)
            // Each page carries its own checksum, so that the damage can be pinned down.
            if let problem = damage(file, crc: part.sealed ? part.crc : nil) {
                let pages = damagedPages(manifest.pages(of: part.name), file)
                findings.append(Finding(path: file.shownPath, message: "\(problem)\(pages); \(remedy)"))
            } else if let size = Files.size(file.path), size > file.bytes, part.sealed {
                findings.append(
                    Finding(
                        path: file.shownPath,
                        message:
                            "has \(size - file.bytes) bytes behind its committed end; they are not read; cut them off"))
            }
        }
        return findings + strangers(in: place.raw, known: known)
    }

    private func checkResult(
        _ manifest: ResultManifest, _ place: EntityFolder, _ entity: Entity, _ onFile: (String) -> Void
    ) -> [Finding] {
        let remedy = "`cliosync transform --phase \(entity.phase) --entity \(entity.name) --force` makes it again"
        var findings: [Finding] = []
        var known: [String: Set<String>] = ["clean": ["manifest.ndjson"], "flagged": ["manifest.ndjson"]]
        for part in manifest.parts {
            for (layer, file) in [("clean", part.clean), ("flagged", part.flagged)] {
                guard let file else { continue }
                known[layer]?.insert(part.part + ".ndjson.gz")
                onFile(file.path)
                if let problem = damage(file, crc: file.crc) {
                    findings.append(Finding(path: file.shownPath, message: "\(problem); \(remedy)"))
                }
            }
        }
        return findings + strangers(in: place.clean, known: known["clean"] ?? [])
            + strangers(in: place.flagged, known: known["flagged"] ?? [])
    }

    /// A last line that a kill cut off does not count, and whoever writes next cuts it off.
    private func torn(_ manifest: String, by command: String) -> [Finding] {
        guard let last = Files.lastByte(manifest), last != UInt8(ascii: "\n") else { return [] }
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
    private func damage(_ file: PartFile, crc expected: UInt32?) -> String? {
        guard let size = Files.size(file.path) else { return "is missing" }
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

    private func strangers(in path: String, known: Set<String>) -> [Finding] {
        Files.names(in: path).filter { !known.contains($0) && !Files.isTemporary($0) && !$0.hasPrefix(".") }.map {
            Finding(path: "\(path)/\($0)", message: "is in no manifest, so nothing reads it; move it away")
        }
    }
}
