internal import Bytes
internal import Foundation
internal import Gzip
internal import Pipelines
internal import Staging

extension StagedLayers {
    /// Something wrong with a staged file.
    public struct Finding: Sendable, Equatable {
        /// The file.
        public let path: String
        /// What is wrong and how it is mended.
        public let message: String
    }

    /// Reads every committed byte and compares it with the manifests.
    /// - Returns: the findings; empty when everything is as it was written.
    public func check(onFile: (String) -> Void = { _ in }) throws -> [Finding] {
        var findings: [Finding] = []
        for entity in selection.entities {
            let place = folder.entity(phase: entity.phase, name: entity.name)
            do {
                if let manifest = try RawManifest.read(place) {
                    findings += checkRaw(manifest, place, entity, onFile)
                }
                if let manifest = try ResultManifest.read(place) {
                    findings += checkResult(manifest, place, entity, onFile)
                }
            } catch {
                findings.append(Finding(path: place.raw, message: error.description))
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
                findings.append(Finding(path: file.shownPath, message: "\(problem); \(remedy)"))
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
        Files.names(in: path).filter { !known.contains($0) && !$0.hasSuffix(".tmp") && !$0.hasPrefix(".") }.map {
            Finding(path: "\(path)/\($0)", message: "is in no manifest, so nothing reads it; move it away")
        }
    }
}
