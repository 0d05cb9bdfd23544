internal import HTTP
internal import JSON
internal import Logging
internal import Pipelines
internal import Staging

extension EntityExtraction {
    /// What came of a search for deletions by counts.
    enum CountedDeletions {
        /// All that is gone is written down; Clio has just counted so many, and so many are held.
        case settled(counted: Int, held: Int)
        /// Something is gone and was kept, which a note says.
        case kept
        /// The ids have to be read.
        case unsettled
    }

    /// Rounds of changes and counts before a list that never rests is read by its ids.
    private static let mostRounds = 3

    /// Finds what was deleted by Clio's counts, and writes it down.
    func deleteByCounts(
        _ writer: RawLayerWriter, _ fields: FieldList, _ outcome: inout ExtractOutcome
    ) async throws -> CountedDeletions {
        guard let parameter = entity.since.created, !tally.counts.areCountsVoid else { return .unsettled }
        for round in 0..<Self.mostRounds {
            if round > 0, try await !refresh(writer, fields) { return .unsettled }
            try await writer.seal()
            let known = writer.manifest.held
            let total = try await answer(.count(since: nil), parameter)
            // As many as are held: nothing of it has to be read.
            if let known, case .count(known) = total, known != DeletionSearch.saturation {
                return .settled(counted: known, held: known)
            }
            let held = try await HeldRecords.read(writer.files, alive: writer.manifest)
            let (step, counted) = try await search(held, parameter, total)
            switch step {
            case .found(let finding):
                let gone = finding.gone + finding.hidden
                if !gone.isEmpty {
                    guard try await mayRemove(gone.count, of: held.count, writer) else { return .kept }
                    try await writer.delete(finding.gone)
                    try await writer.delete(finding.hidden, areHidden: true)
                    outcome.deleted += gone.count
                }
                if !finding.left.isEmpty { try await writer.leave(finding.left) }
                if finding.lacks.isEmpty {
                    return .settled(counted: counted, held: held.count - gone.count - finding.left.count)
                }
                let records = finding.lacks.reduce(0) { $0 + $1.records }
                guard try await fetch(finding.lacks, held, parameter, writer, fields) else {
                    return say(&outcome, "\(records) records are missing here")
                }
            case .sweep(let why): return say(&outcome, why)
            case .changed, .ask: continue
            }
        }
        return say(&outcome, "the list changed in each of \(Self.mostRounds) rounds")
    }

    private func say(_ outcome: inout ExtractOutcome, _ why: String) -> CountedDeletions {
        let text = "all ids were read, because \(why)"
        outcome.remarks.append(text)
        logger.notice("\(folder.phase)/\(entity.name): \(text)", metadata: ["entity": "\(entity.name)"])
        return .unsettled
    }

    private func search(
        _ held: [DeletionSearch.Held], _ parameter: String, _ total: DeletionSearch.Answer
    ) async throws -> (step: DeletionSearch.Step, counted: Int) {
        var search = DeletionSearch(held: held, isFiltered: !entity.parameters.isEmpty)
        _ = search.next()
        search.learn(.count(since: nil), total)
        while true {
            guard case .ask(let probes) = search.next() else { return (search.next(), search.total) }
            let answers = try await withThrowingTaskGroup(of: (DeletionSearch.Probe, DeletionSearch.Answer).self) {
                group in
                for probe in probes { group.addTask { (probe, try await answer(probe, parameter)) } }
                var answers: [(DeletionSearch.Probe, DeletionSearch.Answer)] = []
                for try await answer in group { answers.append(answer) }
                return answers
            }
            for (probe, answer) in answers { search.learn(probe, answer) }
        }
    }

    private func answer(
        _ probe: DeletionSearch.Probe, _ parameter: String
    ) async throws -> DeletionSearch.Answer {
        do throws(ClioError) {
            switch probe {
            case .count(let moment):
                let filter = moment.map { [(parameter, Moment.timestamp(Double($0)))] } ?? []
                return .count(try await client.count(entity, adding: filter, context("count")))
            case .lookup(let ids): return .ids(try await present(ids, entity.parameters.map { ($0.name, $0.value) }))
            case .confirm(let ids): return .ids(try await present(ids, []))
            case .single(let id): return .single(try await presence(id))
            }
        } catch {
            switch (error.kind, probe) {
            case (.refused, .count), (.offsetLimit, .count), (.missing, .count): return .count(nil)
            case (.refused, .lookup), (.offsetLimit, .lookup), (.refused, .confirm), (.offsetLimit, .confirm):
                return .refused
            default: throw error
            }
        }
    }

    func present(
        _ ids: [String], _ parameters: [(String, String)]
    ) async throws(ClioError) -> Set<String> {
        var query = parameters + ids.map { ("ids[]", $0) } + [("limit", "200"), ("fields", "id")]
        if let order = entity.order { query.append(("order", order)) }
        guard let address = client.address("\(entity.endpoint).json", query) else { throw client.unusable }
        return StagedIDs.ids(try await client.page(address, PageChecks(), context("ids")).cut.lines)
    }

    func presence(_ id: String) async throws(ClioError) -> DeletionSearch.Presence {
        guard let address = client.address("\(entity.endpoint)/\(id).json", [("fields", "id")]) else {
            throw client.unusable
        }
        do throws(ClioError) {
            _ = try await client.send(address, context("id")) { response in
                response.body.withUnsafeBytes { bytes -> Result<Bool, PageFault> in
                    guard case .some(true) = JSONParser.reading(bytes, { $0["data"]?["id"] != nil }) else {
                        return .failure(.damaged("the answer has no record"))
                    }
                    return .success(true)
                }
            }
            return .present
        } catch {
            switch error.kind {
            case .missing: return .gone
            case .forbidden: return .hidden
            default: throw error
            }
        }
    }
}
