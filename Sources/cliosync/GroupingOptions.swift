import ArgumentParser

/// The filter that cuts lists into groups.
struct GroupingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Bring lists group by group, each usable as soon as it is complete: practice_area, user_group or user, or what else the pipelines name. Costs more requests; for firms above 100,000 records.",
            valueName: "name"),
        completion: Completions.groupings)
    var groupBy: String?
}
