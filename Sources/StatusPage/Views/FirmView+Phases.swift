internal import Foundation
internal import Jobs
internal import Progress

extension FirmView {
    /// One phase: its features and its entities.
    func phase(_ phase: PhaseStatus) -> HTML {
        let id = "phase-\(phase.name)"
        return """
            <section class="card phase" id="\(id)" aria-labelledby="\(id)-title">
            <div class="phead"><h2 id="\(id)-title">\(phase.title)</h2><p class="key">\(phase.name)</p></div>
            <ul class="features" aria-label="Features of this phase">\(HTML.join(phase.features.map { feature($0, phase) }))</ul>
            <ul class="entities" aria-label="Records of this phase">\(HTML.join(phase.entities.map(entity)))</ul>
            </section>
            """
    }

    private func feature(_ feature: PhaseStatus.Feature, _ phase: PhaseStatus) -> HTML {
        let next = status.phases.first { !$0.isUsable }?.name
        if phase.isUsable {
            return
                "<li class=\"now\"><span class=\"mark\" aria-hidden=\"true\">✓</span>\(feature.title)<span class=\"when\"> usable now</span></li>"
        }
        if phase.name == next {
            return
                "<li class=\"next\"><span class=\"mark\" aria-hidden=\"true\">→</span>\(feature.title)<span class=\"when\"> next</span></li>"
        }
        return
            "<li class=\"later\"><span class=\"mark\" aria-hidden=\"true\">·</span>\(feature.title)<span class=\"when\"> later</span></li>"
    }

    private func entity(_ entity: EntityStatus) -> HTML {
        let progress = entity.progress
        let percent = progress.fetchedPercent
        let of = entity.expected.map { "<span class=\"dim\"> of \(StatusWords.count($0))</span>" as HTML } ?? .empty
        var detail: [HTML] = []
        if let rate = entity.rate, entity.work != nil, rate > 0 {
            detail.append("<span>\(StatusWords.rate(rate))/s</span>")
        }
        if let left = progress.secondsLeft { detail.append("<span>\(StatusWords.duration(left)) left</span>") }
        if progress.rejected > 0 { detail.append("<span>\(StatusWords.count(progress.rejected)) rejected</span>") }
        if progress.warned > 0 { detail.append("<span>\(StatusWords.count(progress.warned)) with a warning</span>") }
        return """
            <li id="\(entity.phase)-\(entity.name)" class="\(tone(entity))\(detail.isEmpty ? " plain" : "")">
            <span class="name">\(entity.title)</span>
            <span class="pct">\(percent.map(StatusWords.percent) ?? "–")</span>
            \(Bars.bar(entity.title, fetched: percent, loaded: progress.loadedPercent))
            <span class="count">\(StatusWords.count(progress.distinct))\(of)</span>
            <span class="words">\(entity.words)</span>
            <span class="detail">\(HTML.join(detail))</span>
            <span class="first">\(first(entity))</span>
            \(groups(entity))
            </li>
            """
    }

    private func tone(_ entity: EntityStatus) -> String {
        if entity.work != nil { return "active" }
        switch entity.status {
        case .completed: return "done"
        case .failed: return "failed"
        case .partiallyCompleted: return "partial"
        default: return "rest"
        }
    }

    /// The button that pulls an entity forward, or what became of it.
    private func first(_ entity: EntityStatus) -> HTML {
        guard entity.status != .completed else { return .empty }
        // What is fetched already has no queue to jump.
        if entity.progress.isFetched { return .empty }
        return fetchFirst(entity, group: nil, heard: entity.priority)
    }

    /// - Parameter heard: whether the request was taken up; nil: it was not made.
    private func fetchFirst(_ entity: EntityStatus, group: GroupSummary?, heard: Bool?) -> HTML {
        guard let job = status.job, job.status != .cancelled, !status.isElsewhere else { return .empty }
        if let heard { return heard ? "<em>comes first</em>" : "<em>asked for</em>" }
        let field: HTML = group.map { "<input type=\"hidden\" name=\"group\" value=\"\($0.key)\">" } ?? .empty
        let of: HTML = group.map { " of \($0.title)" } ?? .empty
        return """
            <form method="post" action="/firms/\(status.name)/actions"><input type="hidden" name="csrf" value="\(formToken)">\
            <input type="hidden" name="entity" value="\(entity.name)">\(field)\
            <button class="quiet" name="action" value="prioritize" aria-label="Fetch first: \(entity.title)\(of)">Fetch first</button></form>
            """
    }

    // MARK: Groups

    /// Lists that are longer begin closed.
    private static let mostOpenGroups = 15

    /// How far the groups of an entity are, each with its own button.
    private func groups(_ entity: EntityStatus) -> HTML {
        guard !entity.groups.isEmpty else { return .empty }
        let usable = entity.groups.count { $0.status == .loaded }
        let open: HTML = entity.groups.count <= Self.mostOpenGroups ? " open" : .empty
        return """
            <details class="groups" id="\(entity.phase)-\(entity.name)-groups"\(open)>\
            <summary>\(StatusWords.count(usable)) of \(StatusWords.count(entity.groups.count)) groups usable now</summary>
            <ul aria-label="Groups of \(entity.title)">\(HTML.join(entity.groups.map { group($0, of: entity) }))</ul></details>
            """
    }

    private func group(_ group: GroupSummary, of entity: EntityStatus) -> HTML {
        let of = group.expected.map { "<span class=\"dim\"> of \(StatusWords.count($0))</span>" as HTML } ?? .empty
        // The rest cannot be asked for: it comes when the groups are through.
        let canBeFirst = group.key != "rest" && (group.status == .pending || group.status == .inProgress)
        return """
            <li id="\(entity.phase)-\(entity.name)-group-\(group.key)" class="\(Self.tone(group))">\
            <span class="name">\(group.title)</span><span class="count">\(StatusWords.count(group.records))\(of)</span>\
            <span class="words">\(StatusWords.describe(group))</span>\
            <span class="first">\(
                canBeFirst ? fetchFirst(entity, group: group, heard: entity.groupPriorities[group.key]) : .empty)</span></li>
            """
    }

    private static func tone(_ group: GroupSummary) -> HTML {
        switch group.status {
        case .loaded: "done"
        case .inProgress, .extracted: "active"
        case .pending: "rest"
        }
    }

    // MARK: Below

    var recent: HTML {
        let items: HTML =
            status.recent.isEmpty
            ? "<p class=\"empty\">Nothing yet.</p>"
            : "<ol class=\"recent\">\(HTML.join(status.recent.map(Self.item)))</ol>"
        return
            "<section class=\"card\" aria-labelledby=\"recent-title\"><h2 id=\"recent-title\">Recently completed</h2>\(items)</section>"
    }

    private static func item(_ item: RecentItem) -> HTML {
        """
        <li><span class="what">\(item.title) <span class="dim">\(item.what)</span></span>\
        <span class="num">\(StatusWords.count(item.records))</span>\(HTML.time(StatusWords.time(item.time)))</li>
        """
    }

    var issues: HTML {
        var list: [HTML] = []
        for entity in status.entities.map(\.progress) where entity.rejected + entity.warned > 0 {
            list.append(
                issue(
                    "data", entity.title,
                    "\(StatusWords.count(entity.rejected)) rejected, \(StatusWords.count(entity.warned)) with a warning",
                    count: entity.rejected + entity.warned))
        }
        for entity in status.entities {
            for note in entity.progress.notes { list.append(issue("note", entity.title, voice.text(note), count: nil)) }
        }
        for error in status.errors.prefix(20) {
            list.append(
                issue(error.category, error.code, voice.text(error.lastMessage, code: error.code), count: error.count))
        }
        let items: HTML =
            list.isEmpty
            ? "<p class=\"empty\">None.</p>" : "<ul class=\"issues\">\(HTML.join(list))</ul>"
        return
            "<section class=\"card\" aria-labelledby=\"issues-title\"><h2 id=\"issues-title\">Issues met</h2>\(items)</section>"
    }

    private func issue(_ kind: String, _ title: String, _ text: String, count: Int?) -> HTML {
        let number: HTML = count.map { "<span class=\"num\">\(StatusWords.count($0))</span>" } ?? .empty
        return """
            <li><span class="kind \(kind == "data" ? "calm" : "warn")">\(kind)</span><span class="what">\(title)\
            <span class="text">\(text)</span></span>\(number)</li>
            """
    }
}

/// What an action came to, shown once.
struct Flash: Sendable, Equatable {
    let text: String
    let isGood: Bool
}
