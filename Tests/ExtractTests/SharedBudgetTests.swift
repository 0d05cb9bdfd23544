import Foundation
import Testing

@testable import Extract

@Suite(.timeLimit(.minutes(5))) struct SharedBudgetTests {
    private func folder() throws -> String {
        let path = FileManager.default.temporaryDirectory.path + "/cliosync-budget-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        return path
    }

    /// Promise 4: one budget per token, over all processes of this machine.
    @Test func twoHoldersSpendOneBudget() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let first = try #require(SharedBudget(folder: folder, token: "T", origin: "https://app.clio.com"))
        let second = try #require(SharedBudget(folder: folder, token: "T", origin: "https://app.clio.com"))
        var granted = 0
        for turn in 1...40 {
            if first.take(reset: 1000, own: turn, budget: 45) { granted += 1 }
            if second.take(reset: 1000.9, own: turn, budget: 45) { granted += 1 }
        }
        #expect(granted == 45)
        // The next window begins at what is under way.
        #expect(second.take(reset: 1060, own: 3, budget: 45))
        var more = 0
        while first.take(reset: 1060, own: 1, budget: 45) { more += 1 }
        #expect(more == 42)
    }

    /// One answer with a reset ten days ahead must not block every process for ten days.
    @Test func aWindowThatLiesFarAheadIsForgotten() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let budget = try #require(SharedBudget(folder: folder, token: "T", origin: "https://app.clio.com"))
        budget.note(reset: 864_000, used: 45)
        #expect(budget.take(reset: 60, own: 1, budget: 45))
        // One that a process with the next window in hand wrote is kept to.
        budget.note(reset: 120, used: 45)
        #expect(!budget.take(reset: 60, own: 1, budget: 45))
    }

    @Test func tokensDoNotShareAndAreNotWritten() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let first = try #require(SharedBudget(folder: folder, token: "secret-1", origin: "https://app.clio.com"))
        let second = try #require(SharedBudget(folder: folder, token: "secret-2", origin: "https://app.clio.com"))
        while first.take(reset: 1000, own: 1, budget: 5) {}
        #expect(second.take(reset: 1000, own: 1, budget: 5))
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
            #expect(!name.contains("secret"))
            let text = try String(contentsOfFile: folder + "/" + name, encoding: .utf8)
            #expect(!text.contains("secret"))
        }
    }

    @Test func hostsDoNotShareAndOldFilesGo() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let first = try #require(SharedBudget(folder: folder, token: "T", origin: "http://127.0.0.1:1"))
        while first.take(reset: 1000, own: 1, budget: 5) {}
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -90_000)], ofItemAtPath: folder + "/" + name)
        }
        let second = try #require(SharedBudget(folder: folder, token: "T", origin: "http://127.0.0.1:2"))
        #expect(second.take(reset: 1000, own: 1, budget: 5))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 1)
    }

    @Test func whatOthersSpentCounts() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let budget = try #require(SharedBudget(folder: folder, token: "T", origin: "https://app.clio.com"))
        #expect(budget.take(reset: 1000, own: 1, budget: 45))
        budget.note(reset: 1000, used: 44)
        #expect(budget.take(reset: 1000, own: 2, budget: 45))
        #expect(!budget.take(reset: 1000, own: 3, budget: 45))
    }

    @Test func aFolderThatOthersCanReadIsNotUsed() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder)
        #expect(SharedBudget(folder: folder, token: "T", origin: "https://app.clio.com") == nil)
    }
}
