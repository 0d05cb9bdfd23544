import Account
import Foundation
import SyncManager

/// A systemd service and a timer for each phase, and those that refresh a finished firm, with the paths of this machine.
///
/// A finished phase makes no request, so that the timers may fire every evening until an onboarding is done, and after.
enum Systemd {
    /// Hours after the end of Clio's peak hours at which a refresh begins: before the next ones, and after what the timers of
    /// the phases began.
    private static let refreshDelay = 6

    /// The files' names and contents.
    /// - Parameters:
    ///   - program: the absolute path of cliosync.
    ///   - folder: the absolute path of the folder to work in.
    ///   - phases: in the order of an onboarding.
    static func files(
        program: String, folder: String, region: String, user: String, home: String, phases: [String]
    ) -> [(name: String, content: String)] {
        // Core first, so that it has the limit to itself.
        let hour = PeakHours.of(region: region).map { $0.to / 3600 } ?? 19
        let zone = PeakHours.of(region: region)?.zone ?? "UTC"
        var files: [(name: String, content: String)] = []
        func add(_ name: String, _ service: String, _ timer: String) {
            files.append((name: name + ".service", content: service))
            files.append((name: name + ".timer", content: timer))
        }
        for (index, phase) in phases.enumerated() {
            add(
                "cliosync-\(phase)",
                service(
                    title: "phase \(phase)", unit: "cliosync-\(phase)", words: "run --all --phase \(phase)",
                    after: phases[..<index].map { "cliosync-\($0).service" }, program, folder, user, home),
                timer(
                    "Every evening after Clio's peak hours; a phase that is finished makes no request.",
                    title: "phase \(phase), every evening", hour: hour, minute: index, zone))
        }
        add(
            "cliosync-refresh@",
            service(
                title: "refresh of %i", unit: "cliosync-refresh@smith", words: "refresh --connection %i",
                after: phases.map { "cliosync-\($0).service" }, program, folder, user, home),
            timer(
                "Every night before Clio's peak hours, for one firm, once its first sync is complete.",
                title: "refresh of %i, every night", hour: (hour + refreshDelay) % 24, minute: 0, zone, spread: true))
        return files
    }

    private static func service(
        title: String, unit: String, words: String, after: [String], _ program: String, _ folder: String,
        _ user: String, _ home: String
    ) -> String {
        """
        # systemctl start \(unit)
        [Unit]
        Description=cliosync, \(title)
        Wants=network-online.target
        # It waits for these, if they are at work.
        After=\((["network-online.target"] + after).joined(separator: " "))

        [Service]
        Type=oneshot
        User=\(user)
        WorkingDirectory=\(escaped(folder))
        Environment=\(quoted("HOME=" + home))
        ExecStart=\(quoted(program)) \(words) --log-format json
        # Stopped by a person (130), incomplete (3, see `cliosync status`), not now (6), or another process has the lock (5): a
        # restart does not help.
        SuccessExitStatus=3 5 6 130
        # A critical error (4) or a wrong setting (2) waits for a person; anything else may go better later.
        Restart=on-failure
        RestartSec=300
        RestartPreventExitStatus=2 4
        # A stop takes the page in flight first.
        KillSignal=SIGTERM
        TimeoutStartSec=infinity
        TimeoutStopSec=120
        UMask=0077
        NoNewPrivileges=true

        """
    }

    private static func timer(
        _ comment: String, title: String, hour: Int, minute: Int, _ zone: String, spread: Bool = false
    ) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return """
            # \(comment)
            [Unit]
            Description=cliosync, \(title)

            [Timer]
            OnCalendar=*-*-* \(two(hour)):\(two(minute)):00 \(zone)
            Persistent=true
            \(spread ? "# Firms do not start at the same second.\nRandomizedDelaySec=15min\n" : "")
            [Install]
            WantedBy=timers.target

            """
    }

    /// `%` begins a specifier in a unit file.
    private static func escaped(_ text: String) -> String { text.replacing("%", with: "%%") }

    private static func quoted(_ text: String) -> String {
        "\"" + escaped(text).replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
