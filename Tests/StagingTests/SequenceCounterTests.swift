import Testing

@testable import Staging

/// Which numbers the next records get.
@Suite struct SequenceCounterTests {
    private func counter(_ text: String) throws -> SequenceCounter { try #require(SequenceCounter(Array(text.utf8))) }

    @Test func aCounterOfAnEarlierVersionIsGoneOnWith() throws {
        var counter = try counter("4711\n")
        #expect(counter == SequenceCounter(next: 4711))
        #expect(counter.take(100, from: .own) == 4711)
        #expect(String(decoding: counter.text, as: UTF8.self) == "4811\n")
    }

    @Test func earlierVersionsReadTheFirstLine() throws {
        var counter = SequenceCounter(next: 7)
        counter.reserved = 1000..<9000
        let text = String(decoding: counter.text, as: UTF8.self)
        #expect(text == "7\n1000 9000\n")
        #expect(try self.counter(text) == counter)
    }

    @Test func theLargestCounterIsReadAsAWhole() throws {
        var counter = SequenceCounter(next: 1 << 53)
        counter.reserved = (1 << 53)..<(1 << 53)
        #expect(counter.text.count <= SequenceCounter.mostBytes)
        #expect(try self.counter(String(decoding: counter.text, as: UTF8.self)) == counter)
    }

    @Test(arguments: ["", "\n", "x\n", "-1\n", "9007199254740993\n", "1 2\n"])
    func whatIsNoCounterIsNoneAtAll(_ text: String) { #expect(SequenceCounter(Array(text.utf8)) == nil) }

    @Test(arguments: ["5\n9 1\n", "5\n9\n", "5\n-1 9\n", "5\nx 9\n", "5\n1 2 3\n", "5\n1 9007199254740993\n"])
    func damagedReservationsAreNone(_ text: String) throws { #expect(try counter(text) == SequenceCounter(next: 5)) }

    @Test func reservedNumbersComeInARowAndTheFoldersOwnAfterThem() throws {
        var counter = SequenceCounter(next: 7)
        counter.reserved = 1000..<1250
        #expect(counter.take(100, from: .reserved) == 1000)
        #expect(counter.take(100, from: .reserved) == 1100)
        #expect(counter.next == 1200)
        #expect(counter.take(100, from: .reserved) == nil, "50 are left")
        #expect(counter.take(50, from: .reserved) == 1200)
        #expect(counter.take(10, from: .own) == 1250)
    }

    @Test func whatTheFolderTookByItselfIsNotTakenAgain() throws {
        var counter = SequenceCounter(next: 0)
        counter.reserved = 0..<1000
        #expect(counter.take(100, from: .reserved) == 0)
        #expect(counter.take(100, from: .own) == 100)
        #expect(counter.take(100, from: .reserved) == 200)
    }

    /// Files of another machine raise the folder's counter, and that machine has the numbers there.
    @Test func anotherMachinesNumbersAreNotTaken() throws {
        var counter = SequenceCounter(next: 0)
        counter.reserved = 0..<1000
        counter.next = 5000
        #expect(counter.take(100, from: .reserved) == 0)
        #expect(counter.next == 5000)
    }

    @Test func withoutReservedNumbersNoneIsTaken() {
        var counter = SequenceCounter(next: 7)
        #expect(counter.take(1, from: .reserved) == nil)
        #expect(counter == SequenceCounter(next: 7))
    }
}
