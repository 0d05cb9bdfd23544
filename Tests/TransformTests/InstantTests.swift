import Bytes
import Testing

@testable import Transform

@Suite struct InstantTests {
    private func timestamp(_ text: String) -> String? {
        var buffer = ByteBuffer()
        buffer.append(text)
        guard let seconds = Instant.timestamp(buffer.bytes) else { return nil }
        var output = ByteBuffer()
        Instant.write(seconds: seconds, to: &output)
        return output.text()
    }

    @Test(arguments: [
        ("2025-08-14T00:15:35-04:00", "2025-08-14T04:15:35Z"), ("2025-08-14T00:15:35Z", "2025-08-14T00:15:35Z"),
        ("2024-12-31T23:30:00-0800", "2025-01-01T07:30:00Z"), ("2024-02-29T00:00:00+14:00", "2024-02-28T10:00:00Z"),
        ("1969-12-31T23:59:59.999+00:00", "1969-12-31T23:59:59Z"), ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
    ])
    func timestampsAreWrittenInUTC(_ text: String, _ expected: String) { #expect(timestamp(text) == expected) }

    @Test(arguments: [
        "", "2025-08-14", "2025-08-14T00:15:35", "2025-13-40T99:00:00Z", "2025-02-30T00:00:00Z", "2025-08-14T24:00:00Z",
        "2025-08-14T00:60:00Z", "2025-08-14T00:15:35+4", "2025-08-14T00:15:35+04:60", "2025-08-14T00:15:35.Z",
        "yesterday",
        "2025-08-14T00:15:35Zx", "2025/08/14T00:15:35Z", "+025-08-14T00:15:35Z",
    ])
    func whatIsNoInstantIsRefused(_ text: String) { #expect(timestamp(text) == nil) }

    @Test func everyDayOfFourCenturiesComesBack() {
        for day in stride(from: Int64(-80_000), through: 80_000, by: 1) {
            var buffer = ByteBuffer()
            Instant.write(days: day, to: &buffer)
            #expect(Instant.date(buffer.bytes) == day)
        }
    }
}
