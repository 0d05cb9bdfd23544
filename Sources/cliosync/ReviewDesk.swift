import Dispatch
import Inspection
import Pipelines
import Staging
import StatusPage
import SyncManager

/// Writes what operators decide on the status page, as `cliosync review` does.
struct ReviewDesk {
    let staging: String
    let catalog: Catalog

    @Sendable func decide(_ request: DecisionRequest) async -> DecisionAnswer {
        await withCheckedContinuation { continuation in
            // Reads the flagged layers: not on Swift's own threads.
            DispatchQueue.global().async {
                do {
                    continuation.resume(returning: try write(request))
                } catch {
                    continuation.resume(returning: DecisionAnswer(isWritten: false, message: "\(error)"))
                }
            }
        }
    }

    private func write(_ request: DecisionRequest) throws -> DecisionAnswer {
        let review = try Review(staging: staging, connection: request.connection, catalog: catalog)
        let plan = try review.plan(
            request.verdict == .accept ? .accept : .reject,
            ReviewTarget(
                entity: request.entity, ids: request.id.map { [$0] } ?? [], rule: request.rule, path: request.path,
                phases: [request.phase]))
        var refusals: [String] = []
        if let id = plan.unknown.first { refusals.append("\(request.entity) \(id) is not flagged with this any more.") }
        if !plan.keyless.isEmpty {
            refusals.append(
                "\(Self.records(plan.keyless.count)) cannot be accepted: the key is at fault and cannot be NULL.")
        }
        guard !plan.keys.isEmpty else {
            if plan.settled > 0 { refusals.append("That was decided before.") }
            return DecisionAnswer(
                isWritten: false, message: (["Nothing was decided."] + refusals).joined(separator: " "))
        }
        try review.carryOut(plan, note: request.note)
        let next = "The next sync applies it; or now: `\(Self.command(plan, request.connection))`."
        return DecisionAnswer(
            isWritten: true,
            message: ([
                "\(Self.records(plan.ids.count)) \(plan.verdict.rawValue)ed.", refusals.joined(separator: " "),
                plan.stillRejected.isEmpty
                    ? ""
                    : "\(Self.records(plan.stillRejected.count)) stay out all the same: something else is wrong, too.",
                next,
            ]).filter { !$0.isEmpty }.joined(separator: " "))
    }

    private static func records(_ number: Int) -> String {
        "\(Format.count(number)) \(number == 1 ? "record" : "records")"
    }

    private static func command(_ plan: ReviewPlan, _ connection: String) -> String {
        let firm = connection == "default" ? "" : " --connection \(connection)"
        return
            "cliosync transform\(firm)\(plan.phases.map { " --phase \($0)" }.joined()) --entity \(plan.entity)` then "
            + "`cliosync load\(firm)"
    }
}
