internal import Bytes
internal import Foundation
public import JSON
internal import Pipelines
public import Staging
internal import Transform

/// What a decision is about: some records, or all with a rule or a path.
public struct ReviewTarget: Sendable {
    /// The entity.
    public var entity: String
    /// The records; empty: all with the rule or the path.
    public var ids: [String]
    /// Only violations of this rule.
    public var rule: String?
    /// Only violations at this path, with or without the places in lists.
    public var path: String?
    /// Only records of these phases; empty: all.
    public var phases: [String]

    /// A target from its parts.
    public init(entity: String, ids: [String], rule: String?, path: String?, phases: [String] = []) {
        self.entity = entity
        self.ids = ids
        self.rule = rule
        self.path = path
        self.phases = phases
    }
}

/// What a decision would write.
public struct ReviewPlan: Sendable {
    /// Accept or reject.
    public let verdict: Decision.Verdict
    /// The entity.
    public let entity: String
    /// The phases to be transformed again: decisions are the entity's, in whatever phase it came.
    public internal(set) var phases: [String] = []
    /// The violations that are decided about, each once.
    public internal(set) var keys: [Decision.Key] = []
    /// The records concerned.
    public internal(set) var ids: Set<String> = []
    /// Violations that were decided so before.
    public internal(set) var settled = 0
    /// Records that cannot be accepted, because their key is invalid.
    public internal(set) var keyless: [String] = []
    /// Records that stay rejected although this is accepted: other violations reject them.
    public internal(set) var stillRejected: Set<String> = []
    /// Ids asked for that are not flagged, or not with this rule and path.
    public internal(set) var unknown: [String] = []

    /// The plan as a report.
    /// - Parameter written: whether the decisions are in the file now.
    public func report(written: Bool) -> some JSONReport {
        PlanReport(
            decision: verdict.rawValue, entity: entity, records: ids.count, violations: keys.count,
            decidedBefore: settled, notAcceptable: keyless.count, stillRejected: stillRejected.count, written: written)
    }
}

/// What `review accept --json` prints.
private struct PlanReport: JSONReport {
    let decision: String
    let entity: String
    let records: Int
    let violations: Int
    let decidedBefore: Int
    let notAcceptable: Int
    let stillRejected: Int
    let written: Bool
}

extension Review {
    /// Finds what a decision is about; writes nothing.
    public func plan(_ verdict: Decision.Verdict, _ target: ReviewTarget) throws -> ReviewPlan {
        guard target.rule != "reference" else {
            throw ConfigurationError(
                "reference: an orphan is loaded, and its warning goes away when its parent arrives; there is nothing to decide"
            )
        }
        let all = try file.read()
        let decisions = DecisionSet(all, entity: target.entity)
        var plan = ReviewPlan(verdict: verdict, entity: target.entity)
        var known: Set<Decision.Key> = []
        var found: Set<String> = []
        let wanted = Set(target.ids)
        for entity in try entities(named: target.entity, phases: target.phases) {
            var lines: [String: Set<Int>] = [:]
            try forEachFlagged(entity, id: target.ids.count == 1 ? target.ids.first : nil) { flagged in
                let isWanted =
                    wanted.isEmpty
                    ? flagged.violations.contains { target.includes($0.rule, $0.path) }
                    : flagged.id.map { wanted.contains($0) } == true
                if isWanted { lines[flagged.part, default: []].insert(flagged.line) }
            }
            let examiner = try RecordExaminer(entity, decisions: decisions)
            try forEachRawLine(entity, lines) { part, number, line in
                let examination = examiner.examine(line)
                guard wanted.isEmpty || examination.id.map({ wanted.contains($0) }) == true else { return }
                let chosen = examination.findings.filter { target.includes($0.rule, $0.path) }
                guard !chosen.isEmpty else { return }
                guard let id = examination.id, verdict == .reject || !examination.isKeyBroken else {
                    plan.keyless.append(examination.id ?? "part \(part) line \(number)")
                    if let id = examination.id { found.insert(id) }
                    return
                }
                found.insert(id)
                plan.ids.insert(id)
                for finding in chosen {
                    let key = Decision.Key(id: id, rule: finding.rule, path: finding.path, hash: finding.hash)
                    guard known.insert(key).inserted else { continue }
                    if decisions[key]?.verdict == verdict { plan.settled += 1 } else { plan.keys.append(key) }
                }
                let isHeldBack = examination.findings.contains { finding in
                    !target.includes(finding.rule, finding.path)
                        && (finding.decision?.verdict == .reject || (finding.isReject && finding.decision == nil))
                }
                if verdict == .accept, isHeldBack { plan.stillRejected.insert(id) }
            }
        }
        for entity in try entities(named: target.entity) where !plan.keys.isEmpty {
            let place = folder.entity(phase: entity.phase, name: entity.name)
            if try ResultManifest.read(place) != nil { plan.phases.append(entity.phase) }
        }
        plan.unknown = target.ids.filter { !found.contains($0) }
        return plan
    }

    /// Writes the decisions of a plan, durable when this returns.
    public func carryOut(_ plan: ReviewPlan, note: String?) throws {
        let (by, at) = (NSUserName(), UTC.now())
        try file.append(
            plan.keys.map {
                Decision(entity: plan.entity, key: $0, verdict: plan.verdict, by: by, at: at, note: note)
            })
    }
}

extension ReviewTarget {
    /// Whether a violation is among those that the decision is about.
    func includes(_ rule: String, _ path: String) -> Bool {
        (self.rule == nil || self.rule == rule)
            && (self.path == nil || self.path == path || self.path == RecordExaminer.group(path))
    }
}
