internal import Bytes
internal import Extract
internal import Foundation
internal import Load
public import Logging
internal import Pipelines
internal import Staging
internal import Tables

/// Checks, before a sync does, everything that could go wrong with it; changes nothing.
public struct Doctor: Sendable {
    let connection: String
    let staging: String
    let database: String
    let pipelines: String
    let envFile: String?
    let environment: [String: String]
    let logger: Logger

    /// A visit to one connection's set-up; nothing is looked at yet.
    public init(
        connection: String, staging: String, database: String, pipelines: String, envFile: String?,
        environment: [String: String], logger: Logger
    ) {
        self.connection = connection
        self.staging = staging
        self.database = database
        self.pipelines = pipelines
        self.envFile = envFile
        self.environment = environment
        self.logger = logger
    }

    /// Looks at everything: one request for each list, and a few for the user and the token.
    public func visit() async -> DoctorReport {
        var report = DoctorReport()
        checkLibraries(&report)
        let catalog = checkPipelines(&report)
        let settings = checkSettings(catalog, &report)
        checkPermissions(&report)
        await checkDatabase(&report)
        checkLocks(catalog, &report)
        var records: Int?
        if let settings { records = await checkClio(settings, catalog, &report) }
        if let settings { await checkStore(settings, &report) }
        checkDisk(records, &report)
        return report
    }

    private func checkPipelines(_ report: inout DoctorReport) -> Catalog? {
        do throws(PipelineError) {
            let catalog = try Catalog.load(folder: pipelines)
            do throws(LoadError) {
                try DatabaseCheck.checkViews(catalog)
                report.ok(
                    "pipelines",
                    "\(pipelines): \(catalog.phases.count) phases, \(catalog.entities.count) entities, "
                        + "\(catalog.views.count) views")
                for phase in catalog.absentPhases {
                    report.ok("pipelines", "no \(phase).yaml: references into \(phase) are not checked")
                }
            } catch {
                report.fail("pipelines", error.description, "fix the view's SQL, or leave the view out")
            }
            return catalog
        } catch {
            for problem in error.problems {
                report.fail(
                    "pipelines", problem.description, "see docs/pipelines.md; `cliosync init` writes fresh files")
            }
            return nil
        }
    }

    private func checkSettings(_ catalog: Catalog?, _ report: inout DoctorReport) -> Settings? {
        do throws(ConfigurationError) {
            let settings = try Connections.settings(
                connection, envFile: envFile, environment: environment, staging: staging,
                batchSettings: Settings.batchNames + (catalog?.entities.compactMap(\.batchSetting) ?? []), for: [])
            let wrong = settings.entries.filter { $0.problem != nil }
            for warning in settings.warnings where !wrong.contains(where: { $0.problem == warning }) {
                report.warn("settings", warning, "correct the name or the place, or remove it")
            }
            for entry in wrong {
                report.fail(
                    "settings", entry.problem ?? "",
                    "correct it in \(entry.source ?? ".env"): \(entry.definition.summary) Accepted: "
                        + entry.definition.values)
            }
            guard wrong.isEmpty else { return nil }
            let region = Settings.regions.first { $0.value == settings.baseURL }?.key
            report.ok(
                "settings", "all readable; Clio is \(settings.baseURL)" + (region.map { " (region \($0))" } ?? ""))
            return settings
        } catch {
            report.fail(
                "settings", error.description,
                "correct it in the environment, in .env or in \(Connections.folder)/\(connection).env")
            return nil
        }
    }
}
