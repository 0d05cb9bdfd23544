internal import Foundation

/// Reads a folder of pipeline files into a catalog, or says all that is wrong with them.
///
/// Three steps: bytes to nodes (`YAMLFile`), each file by itself (`PhaseReader`), then what ties the files together
/// (`CatalogLinker`).
struct PipelineReader {
    private static let suffix = ".yaml"

    static func load(folder: String) throws(PipelineError) -> Catalog {
        let problems = ProblemList()
        var values: [(phase: String, value: YAMLValue)] = []
        let present = phases(in: folder, problems)
        for phase in present {
            let file = phase + suffix
            let path = folder.hasSuffix("/") ? folder + file : "\(folder)/\(file)"
            if let value = YAMLFile.read(path: path, name: file, problems) { values.append((phase, value)) }
        }
        return try link(values, of: present, problems, folder: folder)
    }

    /// The same for files already in memory, keyed by phase.
    static func load(files: [String: [UInt8]]) throws(PipelineError) -> Catalog {
        let problems = ProblemList()
        var values: [(phase: String, value: YAMLValue)] = []
        let present = files.keys.sorted()
        for phase in present {
            let bytes = files[phase] ?? []
            if let value = YAMLFile.parse(bytes, name: phase + suffix, problems) { values.append((phase, value)) }
        }
        return try link(values, of: present, problems, folder: "")
    }

    private static func link(
        _ values: [(phase: String, value: YAMLValue)], of present: [String], _ problems: ProblemList, folder: String
    ) throws(PipelineError) -> Catalog {
        let readable = problems.problems.isEmpty
        let drafts = values.compactMap { PhaseReader.read($0.value, phase: $0.phase) }
            .sorted { ($0.order, $0.day, $0.name) < ($1.order, $1.day, $1.name) }
        // With a file that could not be read every reference into it would be a second complaint.
        let missing = readable ? MissingPhases.of(drafts) : []
        let catalog = readable ? CatalogLinker.link(drafts, problems, missing: missing) : nil
        problems.resolveUndefined(missing: missing.map { $0 + suffix }, folder: folder)
        guard problems.problems.isEmpty, let catalog else {
            let read = drafts.map(\.name)
            let files = (read + present.filter { !read.contains($0) }).map { $0 + suffix }
            throw PipelineError(problems: problems.sorted(files: files))
        }
        return catalog
    }

    /// The phases that have a file, by name.
    private static func phases(in folder: String, _ problems: ProblemList) -> [String] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch {
            var isFolder: ObjCBool = false
            let isFile = FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder) && !isFolder.boolValue
            problems.add(file: folder, (isFile ? .otherKind : FileProblem(error)).ofFolder)
            return []
        }
        var phases: [String] = []
        for name in names.sorted() where !name.hasPrefix(".") {
            if name.hasSuffix(suffix) {
                let phase = String(name.dropLast(suffix.count))
                if NameRules.isName(phase) {
                    phases.append(phase)
                } else {
                    problems.add(file: name, "the name of a phase \(NameRules.words); rename the file")
                }
            } else if name.hasSuffix(".yml") {
                problems.add(file: name, "pipeline files end in .yaml; rename it")
            }
        }
        if phases.isEmpty {
            problems.add(file: folder, "has no pipeline file (*\(suffix)); `cliosync init` writes the stock ones")
        }
        return phases
    }
}

extension Catalog {
    /// Reads and checks the pipeline files of a folder: each `.yaml` file is a phase.
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
