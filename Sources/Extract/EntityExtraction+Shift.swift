internal import Pipelines
internal import Staging

extension EntityExtraction {
    /// Readings of a list that never rests, before it is given up on.
    static let mostRereads = 5

    /// Fetches what fell between the pages of a list without an order, by its ids.
    /// - Returns: whether there was a sign that something might have.
    func repairShift(_ writer: RawLayerWriter, _ fields: FieldList) async throws -> Bool {
        guard entity.order == nil, !isBesideLayers, try await mayHaveShifted(writer.manifest) else { return false }
        var found = 0
        for _ in 0..<Self.mostRereads {
            let reading = try await reread(.ids, since: writer.manifest)
            if let failure = reading.failure { throw Halt.ids(failure) }
            guard let alive = reading.alive else { break }
            let staged = try await staged(writer)
            let missing = alive.subtracting(staged)
            found += missing.count
            guard try await fetch(missing, writer, fields) else { break }
            guard reading.isSteady else { continue }
            if found > 0 {
                try await record(.repaired(records: found), to: writer)
            }
            try folder.sweep.removeRaw()
            return true
        }
        try await record(.unstable, to: writer)
        return true
    }

    private func mayHaveShifted(_ manifest: RawManifest) async throws -> Bool {
        switch shift(manifest) {
        case .noBoundary: return false
        case .deleted, .unknown: return true
        case .added(let added):
            // What came into being has changed, too.
            let closing = closingPages(manifest)
            if !closing.isEmpty, closing.allSatisfy({ $0.records == 0 }) { return added != 0 }
            guard let began = Self.beginning(nil, manifest), let created = try await created(since: began, manifest)
            else { return false }
            return created != added
        }
    }

    /// What the pages of a list say.
    func shift(_ manifest: RawManifest) -> ShiftCheck {
        if tally.counts.areCountsVoid { return .unknown }
        return ShiftCheck(manifest) { !$0.isChanges && !$0.isIDs }
    }

    /// How many records have come into being since a moment of the server's clock, by Clio's count; nil when it does not tell.
    func created(since moment: Double, _ manifest: RawManifest) async throws -> Int? {
        guard let parameter = entity.since.created, !tally.counts.areCountsVoid else { return nil }
        // The Date header knows whole seconds, and is a little younger than what the page says.
        let text = Moment.timestamp(moment.rounded(.down) - 2)
        do throws(ClioError) {
            let count = try await client.count(entity, adding: [(parameter, text)], context("count"))
            // A filter that Clio does not look at counts everything.
            guard let count, let whole = manifest.highestTotal, count < whole else {
                return nil
            }
            return count
        } catch {
            switch error.kind {
            case .refused, .offsetLimit, .missing: return nil
            default: throw error
            }
        }
    }
}
