internal import HTTP
internal import Pipelines
internal import Staging

extension EntityExtraction {
    /// Walks a list in one go: along Clio's cursor, which has no end with `order=id(asc)`.
    ///
    /// Streams are `all`, `all~2` and so on after a cursor that Clio no longer takes, and `created_since=…` behind a
    /// wall. What was committed stays; the load drops what comes twice.
    func walkInOrder(_ writer: RawLayerWriter, _ fields: inout FieldList) async throws(Halt) -> Verdict {
        var step = try OrderedStep(writer.manifest)
        var above: Int64?
        while true {
            let start: WebAddress
            switch step.from {
            case .done: return try await settle(writer)
            case .beginning: start = try firstAddress(fields)
            case .floor(let floor): start = try firstAddress(fields, adding: [("created_since", floor)])
            case .next(let url):
                guard let address = WebAddress(url) else { throw .clio(client.unusable) }
                start = address
            }
            // A list without an order ends early: its first page must say that it is short enough.
            var limit: Int?
            if entity.order == nil, entity.windows != nil, case .beginning = step.from {
                limit = client.settings.walkLimit
            }
            var checks = checks
            checks.above = above
            switch try await walk(step.stream, from: start, checks: checks, writer: writer, limit: limit) {
            case .finished: return try await settle(writer)
            case .refused(let error):
                if case .next = step.from {
                    try await note(
                        "restarted", .info, "Clio no longer takes the cursor of \(step.stream); it was begun again",
                        stream: step.stream, to: writer)
                    try await end(step.stream, writer)
                    step = step.restarted
                } else if error.kind == .refused {
                    try await dropRefusedFields(&fields, after: error, writer)
                } else {
                    throw .clio(error)
                }
            case .wall where entity.windows != nil:
                try await note(
                    "wall", .info, "Clio shows no more of this list in one walk; it is asked for in time windows",
                    stream: step.stream, to: writer)
                try await end(step.stream, writer)
                return try await walkInWindows(writer, total: nil, starts: [])
            case .tooMany(let total, let first):
                return try await walkInWindows(writer, total: total, starts: first.starts)
            case .wall(let floor, let highestID):
                step = try await passWall(step, floor: floor, writer)
                // What the next walk shows again is a duplicate.
                above = highestID
            }
        }
    }

    /// Goes on behind a wall from the creation date where it stands.
    private func passWall(
        _ step: OrderedStep, floor: String?, _ writer: RawLayerWriter
    ) async throws(Halt) -> OrderedStep {
        if let floor, step.stream != OrderedStep.name(floor: floor) {
            try await note(
                "wall", .info, OrderedStep.message(floor: floor), stream: step.stream, to: writer)
            try await end(step.stream, writer)
            return OrderedStep(stream: OrderedStep.name(floor: floor), from: .floor(floor))
        }
        try await note(
            "wall", .warning, "Clio shows no more of this list, and nothing leads past it; later records are missing",
            stream: step.stream, to: writer)
        try await end(step.stream, writer)
        return OrderedStep(stream: step.stream, from: .done)
    }

    func end(_ stream: String, _ writer: RawLayerWriter) async throws(Halt) {
        do throws(StagingError) {
            try await writer.endStream(stream)
        } catch { throw .storage(error) }
    }

    /// Compares what came with Clio's count.
    private func settle(_ writer: RawLayerWriter) async throws(Halt) -> Verdict {
        let manifest = writer.manifest
        // Only the walk since the last new beginning covers the whole list.
        let begin = manifest.pages.lastIndex { $0.page == 1 && $0.stream.hasPrefix(Self.wholeStream) } ?? 0
        let pages = manifest.pages[begin...]
        let received = pages.reduce(0) { $0 + $1.records } - tally.counts.duplicates
        let hitWall = manifest.notes.contains { $0.code == "wall" && $0.severity == .warning }
        var expected = pages.last.flatMap { $0.stream.hasPrefix(Self.wholeStream) ? $0.reportedTotal : nil }
        if expected == nil || expected.map({ $0 > received }) == true {
            expected = try await recount() ?? expected
        }
        return try await verdict(
            expected: expected, before: nil, received: received, hitWall: hitWall, writer)
    }

    func recount() async throws(Halt) -> Int? {
        do throws(ClioError) {
            return try await client.count(entity, adding: [], context("count"))
        } catch { throw Halt(error) }
    }

    /// Fewer than Clio counts is a loss; more only means that the list changed meanwhile.
    /// - Parameter before: Clio's count when the walk began, for a walk that does not meet what is added meanwhile.
    func verdict(
        expected: Int?, before: Int?, received: Int, hitWall: Bool, _ writer: RawLayerWriter
    ) async throws(Halt) -> Verdict {
        guard let expected else {
            try await note("count_unknown", .info, "Clio gave no count to compare with", to: writer)
            return Verdict(
                expected: nil, status: hitWall ? .partial : .complete,
                message: hitWall ? "the list ended at Clio's limit" : nil)
        }
        guard received != expected else { return Verdict(expected: expected) }
        let isMissing = hitWall || received < min(expected, before ?? expected)
        let message = "Clio counts \(expected) records, \(received) came"
        try await note("count_differs", isMissing ? .warning : .info, message, to: writer)
        return Verdict(
            expected: expected, status: isMissing ? .partial : .complete, message: isMissing ? message : nil)
    }
}

/// Where an ordered walk goes on.
struct OrderedStep {
    enum Start {
        case beginning
        case next(String)
        case floor(String)
        case done
    }

    var stream: String
    var from: Start

    init(stream: String, from: Start) {
        self.stream = stream
        self.from = from
    }

    /// Reads it off the manifest.
    init(_ manifest: RawManifest) throws(EntityExtraction.Halt) {
        guard let last = manifest.pages.last, let state = manifest.streams[last.stream] else {
            self.init(stream: EntityExtraction.wholeStream, from: .beginning)
            return
        }
        if let next = state.next, !state.finished {
            self.init(stream: last.stream, from: .next(next))
        } else if last.next == nil {
            self.init(stream: last.stream, from: .done)
        } else if let wall = manifest.notes.last(where: { $0.code == "wall" && $0.stream == last.stream }) {
            if let floor = Self.floor(in: wall.message) {
                self.init(stream: Self.name(floor: floor), from: .floor(floor))
            } else {
                self.init(stream: last.stream, from: .done)
            }
        } else {
            self = OrderedStep(stream: last.stream, from: .beginning).restarted
        }
    }

    /// The whole list from its beginning, under the next free name.
    var restarted: OrderedStep {
        let mark = "\(EntityExtraction.wholeStream)~"
        let number = stream.hasPrefix(mark) ? Int(stream.dropFirst(mark.count)) ?? 1 : 1
        return OrderedStep(stream: mark + String(number + 1), from: .beginning)
    }

    private static let prefix = "created_since="

    static func name(floor: String) -> String { prefix + floor }

    static func message(floor: String) -> String {
        "Clio shows no more of this list in one walk; it goes on with \(prefix)\(floor)"
    }

    private static func floor(in message: String) -> String? {
        guard let place = message.firstRange(of: prefix) else { return nil }
        return String(message[place.upperBound...])
    }
}
