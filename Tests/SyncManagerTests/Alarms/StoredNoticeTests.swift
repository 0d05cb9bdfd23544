import Account
import Testing

@testable import SyncManager

/// What the job record keeps of a notice is read back as it was, also by later versions.
@Suite struct StoredNoticeTests {
    private let digest = Digest(
        until: "Mon 30 Nov 08:00 UTC", time: "2026-11-30T08:00:00Z",
        firms: [
            Digest.Firm(connection: "smith", status: "COMPLETED", asOf: "2026-11-30T07:00:00Z", age: "1 h", rows: 3),
            Digest.Firm(connection: "jones", status: "FAILED", runs: 2, badRuns: 1, problem: "no \"token\""),
        ])

    @Test func whatIsStoredIsReadBack() throws {
        for notice in [StoredNotice.alarm(NotifierTests.alarm), .digest(digest)] {
            for places in [nil, [.mail], [.webhook, .command]] as [Set<NoticePlace>?] {
                let read = try #require(StoredNotice.read(notice.stored(places: places)))
                #expect(read.notice == notice && read.places == places)
            }
        }
    }

    @Test func anAlarmOfVersion09IsRead() throws {
        let old =
            #"{"kind":"failed","connection":"smith","job":"1f","status":"FAILED","message":"m","time":"2026-11-24T10:00:00Z","#
            + #""host":"h","next":"n","rows":1,"rejected":2,"requests":3,"seconds":4.5}"#
        let read = try #require(StoredNotice.read(old))
        #expect(read.places == nil)
        guard case .alarm(let alarm) = read.notice else { throw CancellationError() }
        #expect(alarm.kind == .failed && alarm.rows == 1 && alarm.requests == 3 && alarm.seconds == 4.5)
    }

    @Test func anAlarmOfAKindThatOnlyALaterVersionKnowsIsNotRead() {
        let stored = StoredNotice.alarm(NotifierTests.alarm).stored(places: nil)
        #expect(StoredNotice.read(stored.replacing("critical", with: "new_kind")) == nil)
    }

    @Test(arguments: ["", "{}", "[]", #"{"alarm":{"kind":"of later"}}"#]) func whatIsNoNoticeIsNone(_ json: String) {
        #expect(StoredNotice.read(json) == nil)
    }
}
