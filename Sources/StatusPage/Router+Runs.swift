internal import Foundation
internal import Jobs

extension Router {
    /// `/firms/NAME/runs/ID`: the report of one run, and the same as a file: `report.html` or `report.json` below it.
    func run(
        _ request: WebRequest, _ grant: Grant, _ status: ConnectionStatus, _ path: [String]
    ) async -> WebResponse {
        let name = status.name
        guard let id = path.first.flatMap({ Int64($0) }), path.count <= 2,
            let found = await hub.read({ source in (try? source.run(id, of: name)).flatMap { $0 } })
        else { return missing(request) }
        let view = RunView(
            firm: name, run: found.run, report: found.report, titles: status.titles,
            voice: grant.mayOperate ? .operations : .firm, planned: status.job?.phases ?? [],
            pace: found.pace)
        let file = "cliosync-\(name)-run-\(id)"
        switch path.dropFirst().first {
        case nil:
            return .html(
                200,
                shell.page(
                    title: view.title, live: nil, banner: FirmView.banner(name, mayViewAll: grant.mayOperate),
                    main: view.main(links: true), formToken: gate.formToken(grant), mayLeave: false))
        case "report.html":
            let page = shell.file(title: view.title, main: view.main(links: false))
            return download(.html(200, page), "\(file).html")
        case "report.json":
            guard let report = found.report else { return missing(request) }
            let content = RunFile(firm: name, run: found.run, report: report, planned: view.planned)
            return download(.json(content), "\(file).json")
        default: return missing(request)
        }
    }

    private func download(_ response: WebResponse, _ name: String) -> WebResponse {
        var response = response
        response.set("Content-Disposition", "attachment; filename=\"\(name)\"")
        return response
    }
}
