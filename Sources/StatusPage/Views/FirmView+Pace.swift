internal import Progress

extension FirmView {
    /// How fast the latest run was, and what the estimate planned for each list.
    var pace: HTML {
        let chart = details.pace.map { PaceChart(pace: $0, id: "pace").html } ?? .empty
        let plan = plannedAndActual
        guard chart != .empty || plan != .empty else { return .empty }
        return """
            <section class="card" aria-labelledby="pace-title"><h2 id="pace-title">\(status.isRunning ? "This run" : "The last run")</h2>\
            \(chart)\(plan)</section>
            """
    }

    private var plannedAndActual: HTML {
        var table = DataTable(
            "Planned and actual",
            [
                "List", .number("Records planned"), .number("Fetched"), .number("Planned after"),
                .number("Fetched after"),
            ])
        for progress in status.planned.map(\.progress) {
            guard let plan = progress.plan else { continue }
            table.add([
                "\(progress.title) <span class=\"dim\">\(progress.phase)</span>",
                "\(plan.records.map(StatusWords.count) ?? "–")", "\(StatusWords.count(progress.distinct))",
                "\(StatusWords.duration(Int(plan.seconds.rounded())))",
                "\(progress.fetchedAfter.map { StatusWords.duration(Int($0.rounded())) } ?? "–")",
            ])
        }
        guard !table.rows.isEmpty else { return .empty }
        return """
            <details id="planned"><summary>Planned and actual, by list</summary>\(table.html())</details>
            """
    }
}
