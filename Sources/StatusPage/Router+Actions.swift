internal import Dispatch
internal import Foundation
internal import Jobs

extension Router {
    /// Carries out what a form asks for.
    func act(_ request: WebRequest, _ grant: Grant) async -> WebResponse {
        let form = request.form
        guard gate.isMeant(request, grant, form: form) else {
            return .html(
                403,
                shell.notice(
                    title: "Refused",
                    text: "This form is too old, or was not sent from this page. Reload and try again."))
        }
        if request.path == ["logout"] {
            var response = WebResponse.redirect("/")
            response.set("Set-Cookie", gate.farewell)
            return response
        }
        guard options.stored == nil else {
            return .html(
                403,
                shell.notice(
                    title: "Not here", text: "This page shows the work of other machines; start and stop it there."))
        }
        // What is decided now is decided by what is, not by what was a second ago.
        await hub.look()
        guard request.path.count == 3, request.path[0] == "firms", request.path[2] == "actions",
            grant.mayView(request.path[1]), let status = hub.snapshot.connection(request.path[1])
        else { return missing(request) }
        guard let action = Action(rawValue: form["action"] ?? "") else {
            return .html(400, shell.notice(title: "Not known", text: "There is no such action."))
        }
        guard action == .prioritize || grant.mayOperate else {
            return .html(
                403,
                shell.notice(
                    title: "Not allowed", text: "This link does not start or stop syncs, nor decide about records."))
        }
        let flash = await carryOut(action, status, form)
        await hub.look()
        if grant.session == nil {
            return flash.isGood
                ? .json(ActionReport(done: flash.text)) : .json(ErrorReport(error: flash.text), status: 409)
        }
        let said = "said=\(hub.keep(flash, firm: status.name))"
        return .redirect(
            action.isDecision
                ? "/firms/\(status.name)/flagged\(FlaggedQuery.address(FlaggedQuery.key(form)))&\(said)"
                : "/firms/\(status.name)?\(said)")
    }

    enum Action: String, Sendable {
        case pause, resume, refresh, prioritize, accept, reject

        var isDecision: Bool { self == .accept || self == .reject }
    }

    private func carryOut(_ action: Action, _ status: ConnectionStatus, _ form: [String: String]) async -> Flash {
        guard let job = status.job else { return Flash(text: "No sync was begun yet.", isGood: false) }
        switch action {
        case .accept: return await decide(.accept, status, form)
        case .reject: return await decide(.reject, status, form)
        case .pause:
            guard status.isRunning else {
                return Flash(text: "Nothing runs that could be paused.", isGood: false)
            }
            if status.isStopping { return Flash(text: "It is stopping already.", isGood: true) }
            return await ask(.stop, status, job, "The sync stops after the page in flight.")
        case .prioritize:
            let entity = form["entity"] ?? ""
            guard let wanted = status.planned.first(where: { $0.name == entity }) else {
                return Flash(text: "This sync has no such records.", isGood: false)
            }
            let when = status.isRunning ? "come first from now on." : "come first when the sync continues."
            guard let group = form["group"] else {
                return await ask(.prioritize(entity: wanted.name), status, job, "\(wanted.title) \(when)")
            }
            let known = status.planned.filter { $0.name == entity }.flatMap(\.groups)
            guard let chosen = known.first(where: { $0.key == group }) else {
                return Flash(text: "\(wanted.title) have no such group, or all of it is there.", isGood: false)
            }
            return await ask(
                .prioritizeGroup(entity: wanted.name, group: chosen.key), status, job,
                "\(wanted.title) of \(chosen.title) \(when)")
        case .resume: return await start(status, job, refresh: false)
        case .refresh: return await start(status, job, refresh: true)
        }
    }

    private func start(_ status: ConnectionStatus, _ job: SyncJob, refresh: Bool) async -> Flash {
        guard let resume = options.resume else {
            return Flash(text: "This page cannot start syncs; run `cliosync run` where they run.", isGood: false)
        }
        if let activity = status.activities.first(where: { $0.isLive(at: clock()) }) {
            return Flash(
                text: "It runs already, as process \(activity.processID) on the machine of the staging folder.",
                isGood: false)
        }
        guard job.status != .cancelled, refresh || job.status != .completed else {
            return Flash(text: "The job is \(job.status.rawValue): there is nothing to resume.", isGood: false)
        }
        guard !refresh || job.status == .completed else {
            return Flash(text: "The sync is not complete: resume it, which also brings it up to date.", isGood: false)
        }
        let answer = await resume(
            ResumeRequest(
                connection: status.name, jobID: job.id, phases: job.phases,
                database: status.activities.first?.database, isRefresh: refresh))
        return Flash(text: answer.message, isGood: answer.started)
    }

    /// Leaves a request for the process that runs the job.
    private func ask(
        _ kind: JobRequest.Kind, _ status: ConnectionStatus, _ job: SyncJob, _ text: String
    ) async -> Flash {
        let staging = options.staging
        let name = status.name
        return await withCheckedContinuation { continuation in
            // A transaction that may wait for another process: not on Swift's own threads.
            DispatchQueue.global().async {
                do {
                    guard let store = try StatusSource.store(staging: staging, connection: name) else {
                        continuation.resume(returning: Flash(text: "The job record is gone.", isGood: false))
                        return
                    }
                    try store.request(kind, job: job.id)
                    continuation.resume(returning: Flash(text: text, isGood: true))
                } catch {
                    continuation.resume(returning: Flash(text: "\(error)", isGood: false))
                }
            }
        }
    }
}
