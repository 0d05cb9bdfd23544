import Foundation
import Testing

/// Alarms, lineage and the monitoring files, with receivers, models and programs of others.
@Suite(.timeLimit(.minutes(40)))
struct MonitoringTests {
    private static let python = Programs.repository + "/.build/monitoring/bin/python"
    private static let files = Programs.repository + "/docs/monitoring"

    private func lines(_ path: String) -> [[String: Any]] {
        ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").split(separator: "\n").compactMap {
            (try? JSONSerialization.jsonObject(with: Data($0.utf8))) as? [String: Any]
        }
    }

    @Test(.gate) func promtoolAcceptsTheAlertRulesAndTheirTestsPass() async throws {
        try await Sandbox.use { sandbox in
            _ = try await sandbox.tool("promtool", ["check", "rules", Self.files + "/alerts.yml"])
            _ = try await sandbox.tool("promtool", ["test", "rules", Self.files + "/alerts.test.yml"])
        }
    }

    @Test(.deep(.monitoring)) func grafanasModelsKnowAllOfTheDashboard() async throws {
        try await Sandbox.use { sandbox in
            let text = try await sandbox.tool(
                Self.python, [Programs.script("dashboard.py"), Self.files + "/dashboard.json"])
            #expect(text.contains("panels"))
        }
    }

    // MARK: Alarms

    private func certificate(_ sandbox: Sandbox) async throws -> (certificate: String, key: String) {
        let (certificate, key) = (sandbox.folder + "/mail.pem", sandbox.folder + "/mail.key")
        _ = try await sandbox.tool(
            "openssl",
            [
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
                "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate,
            ])
        return (certificate, key)
    }

    private func settings(_ server: String) -> [String: String] {
        [
            "SYNC_SMTP_URL": server, "SYNC_SMTP_USER": "sync", "SYNC_SMTP_PASSWORD": "SECRET-OF-THE-MAIL",
            "SYNC_NOTIFY_EMAIL_TO": "ops@example.com, partner@example.com",
            "SYNC_NOTIFY_EMAIL_FROM": "sync@example.com",
        ]
    }

    /// With TLS by STARTTLS, and without, as only this machine may be.
    @Test(.deep(.monitoring), arguments: [true, false])
    func anAlarmReachesARealMailServerThatRefusesAtFirst(_ hasTLS: Bool) async throws {
        try await Sandbox.use { sandbox in
            let inbox = sandbox.folder + "/inbox"
            var settings: [String: String]
            if hasTLS {
                let (certificate, key) = try await certificate(sandbox)
                settings = self.settings(
                    try await sandbox.server("mail_server.py", inbox, certificate, key, python: Self.python))
                settings["CURL_CA_BUNDLE"] = certificate
            } else {
                settings = self.settings(
                    try await sandbox.server("mail_server.py", inbox, "plain", python: Self.python))
            }
            let simulator = try await sandbox.simulator(["--limit", "100000"])
            let ending = try await sandbox.cliosync(
                ["run", "--connection", "smith", "--phase", "core"], simulator, settings: settings)
            ending.expect(0)
            #expect(!(ending.stdout + ending.stderr).contains("SECRET-OF-THE-MAIL"))
            let mails = lines(inbox)
            #expect(mails.count == 1, "\(mails)")
            let mail = try #require(mails.first)
            #expect(mail["from"] as? String == "sync@example.com")
            #expect(mail["to"] as? [String] == ["ops@example.com", "partner@example.com"])
            #expect((mail["subject"] as? String)?.hasPrefix("cliosync smith: completed: core loaded") == true)
            #expect((mail["body"] as? String)?.contains("next: cliosync verify --connection smith") == true, "\(mail)")
            #expect(mail["tls"] as? Bool == hasTLS && mail["user"] as? String == "sync")

            settings["SYNC_SMTP_PASSWORD"] = "SECRET-THAT-IS-WRONG"
            let refused = try await sandbox.cliosync(
                ["run", "--connection", "smith", "--phase", "core"], simulator, settings: settings)
            refused.expect(0)
            #expect(refused.stderr.contains("the server refused the user or the password"))
            #expect(!refused.stderr.contains("SECRET-THAT-IS-WRONG") && lines(inbox).count == 1)
        }
    }

    /// The quiet hours are over in another process, whose settings say so: what was held is sent then.
    @Test(.deep(.monitoring)) func anAlarmOfQuietHoursComesWithTheNextLookAfterThem() async throws {
        try await Sandbox.use { sandbox in
            let got = sandbox.folder + "/got"
            let receiver = try await sandbox.server("event_receiver.py", got)
            let simulator = try await sandbox.simulator(["--limit", "100000"])
            // Open on all days but for two minutes half a day from now.
            let now = Calendar.current.dateComponents(in: .gmt, from: Date().addingTimeInterval(43_200))
            let (hour, minute) = (now.hour ?? 0, now.minute ?? 0)
            let end = String(format: "%02d:%02d", hour, minute)
            let begin = String(format: "%02d:%02d", (hour * 60 + minute + 2) / 60 % 24, (minute + 2) % 60)
            var settings = [
                "SYNC_NOTIFY_WEBHOOK_URL": receiver + "/hook", "SYNC_NOTIFY_QUIET": "\(begin)-\(end) UTC",
                "SYNC_FRESHNESS_HOURS": "1000",
            ]
            try await sandbox.cliosync(["run", "--phase", "core"], simulator, settings: settings).expect(0)
            #expect(lines(got).isEmpty)
            try await sandbox.cliosync(["status", "--alarm"], nil, settings: settings).expect(0)
            #expect(lines(got).isEmpty)
            // What waits is due at a moment; the clock of the record is turned.
            _ = try await sandbox.tool(
                "sqlite3", ["staging/default/job.sqlite", "UPDATE held_alarms SET due = due - 90000"])
            settings["SYNC_NOTIFY_QUIET"] = nil
            for _ in 0..<2 {
                try await sandbox.cliosync(["status", "--alarm"], nil, settings: settings).expect(0)
                #expect(lines(got).map { ($0["body"] as? [String: Any])?["event"] as? String } == ["completed"])
            }
        }
    }

    /// Each firm by its own file: smith wants all, jones failures only.
    @Test(.deep(.monitoring)) func eachFirmHasItsOwnRules() async throws {
        try await Sandbox.use { sandbox in
            let got = sandbox.folder + "/got"
            let receiver = try await sandbox.server("event_receiver.py", got)
            let simulator = try await sandbox.simulator(["--limit", "100000"])
            let folder = sandbox.folder + "/connections"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for (name, more) in [("smith", ""), ("jones", "SYNC_NOTIFY_EVENTS=failed,critical\n")] {
                try Data("CLIO_ACCESS_TOKEN=simulator-token\n\(more)".utf8)
                    .write(to: URL(fileURLWithPath: "\(folder)/\(name).env"))
            }
            try await sandbox.cliosync(
                ["run", "--all", "--phase", "core"], simulator,
                settings: ["SYNC_NOTIFY_WEBHOOK_URL": receiver + "/hook", "CLIO_ACCESS_TOKEN": ""]
            ).expect(0)
            #expect(lines(got).map { ($0["body"] as? [String: Any])?["connection"] as? String } == ["smith"])
        }
    }

    /// The first look begins with the weeks to come; the clock of the record is turned.
    @Test(.deep(.monitoring)) func theDigestOfTheWeekComesByMailOnce() async throws {
        try await Sandbox.use { sandbox in
            let inbox = sandbox.folder + "/inbox"
            var settings = self.settings(
                try await sandbox.server("mail_server.py", inbox, "plain", python: Self.python))
            settings["SYNC_NOTIFY_DIGEST"] = "Mon 08:00 America/Los_Angeles"
            settings["SYNC_NOTIFY_EVENTS"] = "critical"
            let simulator = try await sandbox.simulator(["--limit", "100000"])
            try await sandbox.cliosync(["run", "--phase", "core"], simulator, settings: settings).expect(0)
            try await sandbox.cliosync(["status", "--alarm"], nil, settings: settings).expect(0)
            #expect(lines(inbox).isEmpty)
            _ = try await sandbox.tool(
                "sqlite3",
                [
                    "staging/default/job.sqlite",
                    "UPDATE raised_alarms SET subject = '2026-01-05T16:00:00Z' WHERE kind = 'digest'",
                ])
            for _ in 0..<2 { try await sandbox.cliosync(["status", "--alarm"], nil, settings: settings).expect(0) }
            let mails = lines(inbox)
            #expect(mails.count == 1, "\(mails)")
            let subject = try #require(mails.first?["subject"] as? String)
            #expect(
                subject.contains(#/^cliosync: week to Mon \d+ \w+ 08:00 America/Los_Angeles: 1 firm, all are well$/#))
            #expect((mails[0]["body"] as? String)?.contains("default: COMPLETED · as of ") == true)
        }
    }

    // MARK: Lineage

    @Test(.deep(.monitoring)) func theModelsOfOpenLineageTakeEveryEventOfARun() async throws {
        try await Sandbox.use { sandbox in
            let got = sandbox.folder + "/got"
            let receiver = try await sandbox.server("event_receiver.py", got)
            let simulator = try await sandbox.simulator(["--limit", "100000", "--defects", "0.02"])
            let settings = [
                "SYNC_OPENLINEAGE_URL": receiver + "/api/v1/lineage", "SYNC_OPENLINEAGE_API_KEY": "SECRET-OF-MARQUEZ",
                "SYNC_OPENLINEAGE_FILE": "lineage.ndjson",
            ]
            let ending = try await sandbox.cliosync(["run"], simulator, settings: settings)
            ending.expect(0)
            #expect(!(ending.stdout + ending.stderr).contains("SECRET-OF-MARQUEZ"))
            let text = try await sandbox.tool(
                Self.python, [Programs.script("lineage.py"), sandbox.folder + "/lineage.ndjson"])
            #expect(text.contains("api/v4/matters > file ") && text.contains("/core/raw/matters > file "))
            #expect(
                text.contains("/core/clean/matters > sqlite://") && text.hasSuffix("smith.sqlite matters\n")
                    || text.hasSuffix("default.sqlite matters\n"))
            // The receiver got the same, in the same order, with the key.
            let posted = lines(got)
            let written = lines(sandbox.folder + "/lineage.ndjson")
            #expect(posted.count == written.count && !posted.isEmpty)
            for (post, event) in zip(posted, written) {
                #expect(post["path"] as? String == "/api/v1/lineage")
                #expect(post["key"] as? String == "Bearer SECRET-OF-MARQUEZ")
                #expect(NSDictionary(dictionary: post["body"] as? [String: Any] ?? [:]).isEqual(to: event))
            }
        }
    }

    @Test(.deep(.monitoring)) func aReceiverThatIsNotThereCostsNothingButAWarning() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--limit", "100000"])
            let ending = try await sandbox.cliosync(
                ["run", "--phase", "core"], simulator,
                settings: ["SYNC_OPENLINEAGE_URL": "http://127.0.0.1:1/api/v1/lineage"])
            ending.expect(0)
            #expect(ending.stderr.contains("SYNC_OPENLINEAGE_URL on 127.0.0.1: an event could not be sent"))
        }
    }
}
