import Account
import Foundation
import JSON
import Testing

@testable import SyncManager

/// Between which times a sync ends, what becomes usable when, and the sentence for the firm.
@Suite struct EstimateRangeTests {
    private func estimate(_ change: (inout SyncEstimate) -> Void = { _ in }) -> SyncEstimate {
        func list(_ phase: String, _ entity: String, _ records: Int?, _ seconds: Double) -> SyncEstimate.EntityEstimate
        {
            .init(
                phase: phase, entity: entity, records: records, requests: 10, seconds: seconds, bytesPerRecord: 4_000,
                stagedBytesPerRecord: 800, isMeasured: true, outOfStep: nil)
        }
        var estimate = SyncEstimate(
            firmSize: "medium", strategy: "single", reasons: [],
            phases: [
                .init(
                    phase: "core", title: "Core", day: "1", features: ["Matter list", "Client list"], records: 1_500,
                    requests: 9, readyAfter: 600),
                .init(
                    phase: "historical", title: "History", day: "2", features: ["Time entries"], records: 150_000,
                    requests: 900, readyAfter: 3_600),
            ],
            entities: [list("core", "matters", 1_500, 500), list("historical", "time_entries", 150_000, 3_000)],
            records: 151_500, requests: 2_250, limit: 50, requestsPerMinute: 45, latency: 0.25, pageSeconds: nil,
            seconds: 3_600, heldSeconds: 0, startsAt: 1_796_000_000, endsAt: 1_796_003_600, peakHours: nil,
            databaseBytes: 0, stagingBytes: 0, diskBytes: 0, freeBytes: nil, user: nil)
        estimate.timeZone = "UTC"
        estimate.localRecordsPerSecond = 1_000
        change(&estimate)
        return estimate
    }

    private func codes(_ estimate: SyncEstimate) -> Set<EstimateRange.Code> { Set(estimate.range.reasons.map(\.code)) }

    @Test func theRangeIsTheSumOfItsReasons() {
        let range = estimate().range
        // 3000 s of requests by the limit, 600 s of local work.
        #expect(codes(estimate()) == [.otherUse, .localSpeed])
        #expect(range.lowSeconds == 3_600 - 60 && range.highSeconds == 3_600 + 300 + 60)
        #expect(range.reasons[0].code == .otherUse)
    }

    @Test func eachThingThatIsNotKnownIsAReason() throws {
        #expect(codes(estimate { $0.requests = 225 }).contains(.answerTime))
        #expect(codes(estimate { $0.entities[0].records = nil }).contains(.notCounted))
        let slow = estimate { $0.localRecordsPerSecond = nil }.range
        #expect(slow.reasons.contains { $0.code == .localSpeed && $0.moreSeconds == 360 && $0.fewerSeconds == 180 })
        let peak = try #require(PeakHours.of(region: "eu"))
        let late = estimate {
            $0.peakHours = peak
            // 21:30 UTC, half an hour before their end.
            $0.startsAt = 1_795_987_800
        }
        #expect(late.range.reasons.contains { $0.code == .peakEnd && $0.fewerSeconds == 600 })
    }

    @Test func theRangeHoldsTheEstimateAndIsNeverNegative() {
        for requests in [0, 1, 2_250, 1_000_000] {
            for held in [0, 2_000, 10_000] as [Double] {
                let estimate = estimate {
                    $0.requests = requests
                    $0.heldSeconds = held
                }
                let range = estimate.range
                #expect(0 <= range.lowSeconds && range.lowSeconds <= estimate.seconds)
                #expect(range.highSeconds >= estimate.seconds)
            }
        }
    }

    @Test func thePhasesBecomeUsableInTheirOrder() {
        let timeline = estimate().timeline
        #expect(timeline.map(\.phase) == ["core", "historical"])
        #expect(timeline[0].usableAt == 1_796_000_600 && timeline[0].features == ["Matter list", "Client list"])
        for milestone in timeline {
            #expect((milestone.earliest ?? .infinity) <= (milestone.usableAt ?? 0))
            #expect((milestone.usableAt ?? .infinity) <= (milestone.latest ?? 0))
        }
        #expect(timeline[1].latest == 1_796_000_000 + estimate().range.highSeconds)
    }

    @Test func theSentenceForTheFirmSaysWhatAndWhen() {
        #expect(
            estimate().message
                == "We will copy your Clio account (151,500 records) from Mon 30 Nov 00:53 on, and you can use it step by step: "
                + "from about 01:03 matter list, client list; everything will be there by about 01:53, between 01:52 and 01:59 "
                + "(times in UTC).")
        #expect(!estimate().message.contains("\n"))
        let tokyo = estimate { $0.timeZone = "Asia/Tokyo" }.message
        #expect(tokyo.contains("from Mon 30 Nov 09:53 on") && tokyo.hasSuffix("(times in Asia/Tokyo)."))
    }

    @Test func programsGetTheSameFactsUnderTypedKeys() throws {
        let json = try #require(
            try JSONSerialization.jsonObject(with: Data(estimate().json.utf8)) as? [String: Any])
        #expect(json["message"] as? String == estimate().message && json["time_zone"] as? String == "UTC")
        let range = try #require(json["range"] as? [String: Any])
        #expect(range["low_seconds"] as? Double == 3_540)
        let reasons = try #require(range["reasons"] as? [[String: Any]])
        #expect(reasons[0]["code"] as? String == "other_use" && reasons[0]["more_seconds"] as? Double == 300)
        let timeline = try #require(json["timeline"] as? [[String: Any]])
        #expect(timeline[0]["usable_at"] as? String == "2026-11-30T01:03:20Z")
    }
}
