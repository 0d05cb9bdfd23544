internal import Account
internal import Extract
internal import Foundation
internal import Pipelines

extension SyncEstimator {
    /// Says how the lists will be fetched, and what a person can do about the rest.
    func choose(_ estimate: inout SyncEstimate, _ known: [Known], _ requests: [Int]) {
        var reasons: [String] = []
        let isLarge = estimate.records > 100_000
        let isLong = estimate.seconds > 4 * 3600
        estimate.strategy = isLarge || isLong ? "phased" : "single"
        if isLarge || isLong {
            reasons.append(
                "phase by phase, day by day: \(estimate.records.grouped) records are more than one sitting; each phase is usable "
                    + "as soon as it is loaded, and a run of all phases serves the earlier ones first")
            if manager.configuration.settings.window == nil {
                reasons.append("SYNC_WINDOW keeps the requests out of the firm's working hours")
            }
            let recent = recentFirst(known)
            if !recent.isEmpty {
                reasons.append(
                    "--recent 12mo fetches the last year of \(recent.joined(separator: ", ")) before the history")
            }
            if isLarge { reasons += groupings(known).map { advice($0, known) } }
        } else {
            reasons.append("one run over all phases: \(estimate.records.grouped) records are read in one sitting")
        }
        // Three quarters of a window are enough to spend its budget.
        let perSecond = max(1, estimate.requestsPerMinute) / 45
        let streams = Int((perSecond * estimate.latency * 1.25).rounded(.up))
        if streams > 1 {
            reasons.append(
                "about \(streams) requests under way at a time spend the limit, as an answer takes "
                    + "\((estimate.latency * 100).rounded() / 100) s: several lists at once, long ones in several partitions"
            )
        } else {
            reasons.append(
                "one request after the other spends the limit: answers take \(Int(estimate.latency * 1000)) ms")
        }
        for item in known where item.entity.order == nil && (item.records ?? 0) > 10_000 {
            reasons.append("\(item.entity.name) is asked for in time windows: the list ends at 10,000 rows")
        }
        if estimate.isPeak, let peak = estimate.peakHours {
            let change = peak.change(after: estimate.startsAt)
            if change < estimate.endsAt {
                reasons.append(
                    "peak hours end \(peak.localText(change)) (\(peak.zone)): Clio allows more then, and "
                        + "it will be done sooner than estimated")
            }
        } else if let peak = estimate.peakHours {
            let change = peak.change(after: estimate.startsAt)
            if change < estimate.endsAt {
                reasons.append(
                    "peak hours begin \(peak.localText(change)) (\(peak.zone)): from then on "
                        + "\(PeakHours.documentedLimit) requests a minute are assumed")
            }
        }
        let unknown = known.filter { $0.records == nil }.map(\.entity.name)
        if !unknown.isEmpty { reasons.append("not counted: \(unknown.joined(separator: ", "))") }
        estimate.reasons = reasons
    }

    /// The titles of the lists that have their newest records first on request.
    private func recentFirst(_ known: [Known]) -> [String] {
        var seen: Set<String> = []
        return known.filter(\.entity.isRecentFirst).map { $0.entity.title.lowercased() }
            .filter { seen.insert($0).inserted }
    }

    /// The names of the filters that lists can be cut by, in the order of the pipelines.
    private func groupings(_ known: [Known]) -> [String] {
        var seen: Set<String> = []
        return known.flatMap(\.entity.groupings).map(\.name).filter { seen.insert($0).inserted }
    }

    /// How many lists a filter makes: one for each record of its look-up, or for each group that these name.
    func groups(_ grouping: Grouping, _ known: [Known]) -> Int {
        let lookup = known.first { item in
            item.entity.phase == grouping.lookup.phase && item.entity.name == grouping.lookup.entity
        }
        if let list = grouping.list, !grouping.takesRecord {
            if let groups = lookup?.groups[list] { return groups }
        } else if let records = lookup?.records {
            return records
        }
        // The look-up is not asked for again when an earlier run staged it.
        return (try? GroupDirectory(grouping, in: manager.folder).streams) ?? 0
    }

    /// What cutting lists into groups would bring and cost.
    private func advice(_ name: String, _ known: [Known]) -> String {
        var lists: [String] = []
        var requests = 0
        for item in known {
            guard let grouping = item.entity.grouping(named: name) else { continue }
            var list = ExtractForecast.List(
                item.entity, rank: 0, records: item.records ?? 0, pageSize: batchSize(item.entity))
            let before = list.pages
            list.cut(by: grouping, groups: groups(grouping, known), share: item.shares[name] ?? 1)
            lists.append(item.entity.name)
            requests += list.pages - before + list.questions
        }
        return
            "--group-by \(name) fetches \(lists.joined(separator: ", ")) group by group, each usable as soon as it is "
            + "loaded, for about \(requests) more requests"
    }

    /// The size class of the entity that says most, by the bounds that the pipelines give.
    static func firmSize(_ counts: [Known]) -> String {
        let names = ["small", "medium", "large", "enterprise"]
        let ranks = counts.compactMap { count -> Int? in
            guard let records = count.records, !count.entity.firmSizes.isEmpty else { return nil }
            return count.entity.firmSizes.firstIndex { records < $0 } ?? count.entity.firmSizes.count
        }
        return names[min(ranks.max() ?? 0, names.count - 1)]
    }
}
