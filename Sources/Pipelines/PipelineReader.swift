internal import Foundation

/// Reads a folder of pipeline files into a catalog, or says all that is wrong with them.
///
/// Three steps: bytes to nodes (`YAMLFile`), each file by itself (`PhaseReader`), then what ties the files together
/// (`CatalogLinker`).
struct PipelineReader {
    /// The phases in the order of an onboarding; each is a file.
    static let phases = ["core", "supporting", "historical"]
    static var files: [String] { phases.map { "\($0).yaml" } }

    static func load(folder: String) throws(PipelineError) -> Catalog {
        let problems = ProblemList()
        var values: [(phase: String, value: YAMLValue)] = []
        let present = filesToRead(folder, problems)
        for phase in present {
            let file = "\(phase).yaml"
            let path = folder.hasSuffix("/") ? folder + file : "\(folder)/\(file)"
            if let value = YAMLFile.read(path: path, name: file, problems) { values.append((phase, value)) }
        }
        return try link(values, problems, missing: phases.filter { !present.contains($0) }, folder: folder)
    }

    /// The same for files already in memory, keyed by phase.
    static func load(files: [String: [UInt8]]) throws(PipelineError) -> Catalog {
        let problems = ProblemList()
        var values: [(phase: String, value: YAMLValue)] = []
        for phase in phases {
            guard let bytes = files[phase] else { continue }
            if let value = YAMLFile.parse(bytes, name: "\(phase).yaml", problems) { values.append((phase, value)) }
        }
        return try link(values, problems)
    }

    private static func link(
        _ values: [(phase: String, value: YAMLValue)], _ problems: ProblemList, missing: [String] = [],
        folder: String = ""
    ) throws(PipelineError) -> Catalog {
        let readable = problems.problems.isEmpty
        let drafts = values.compactMap { PhaseReader.read($0.value, phase: $0.phase) }
        // With a file that could not be read every reference into it would be a second complaint.
        let catalog = readable ? CatalogLinker.link(drafts, problems, missing: missing) : nil
        problems.settleUndefined(missing: missing.map { "\($0).yaml" }, folder: folder)
        guard problems.problems.isEmpty, let catalog else {
            throw PipelineError(problems: problems.sorted(files: files))
        }
        return catalog
    }

    /// The phases that have a file, after a look at what else lies there.
    private static func filesToRead(_ folder: String, _ problems: ProblemList) -> [String] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch {
            var isFolder: ObjCBool = false
            let isFile = FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder) && !isFolder.boolValue
            problems.add(file: folder, (isFile ? .otherKind : FileProblem(error)).ofFolder)
            return []
        }
        for name in names.sorted() where !name.hasPrefix(".") && !files.contains(name) {
            if name.hasSuffix(".yaml") {
                problems.add(
                    file: name,
                    "unknown pipeline file" + Suggestion.hint(name, among: files)
                        + " (there are \(files.joined(separator: ", ")))")
            } else if name.hasSuffix(".yml") {
                problems.add(file: name, "pipeline files end in .yaml; rename it")
            }
        }
        let found = phases.filter { names.contains("\($0).yaml") }
        if found.isEmpty {
            problems.add(
                file: folder, "has no pipeline file (\(files.joined(separator: ", "))); `cliosync init` writes them")
        }
        return found
    }
}

extension Catalog {
    /// Reads and checks `core.yaml`, `supporting.yaml` and `historical.yaml` of a folder; one that is not there is a phase
    /// that is not run.
    ///
    /// - Throws: `PipelineError` with everything that is wrong, not just the first thing.
    public static func load(folder: String) throws(PipelineError) -> Catalog {
        try PipelineReader.load(folder: folder)
    }

    /// The same for files in memory, by the names of their phases.
    public static func load(files: [String: [UInt8]]) throws(PipelineError) -> Catalog {
        try PipelineReader.load(files: files)
    }
}
