import Foundation

/// A systemd service and a timer for each phase, with the paths of this machine.
///
/// A finished phase makes no request, so that the timers may fire every evening until an onboarding is done, and after.
enum Systemd {
    /// When each phase begins, outside of the region's peak hours; the first has the limit to itself for a minute.
    private static let hours = ["us": 19, "ca": 19, "eu": 22, "au": 21]
    private static let zones = [
        "us": "America/Los_Angeles", "ca": "America/Los_Angeles", "eu": "Europe/London", "au": "Australia/Sydney",
    ]

    /// The files' names and contents.
    /// - Parameters:
    ///   - program: the absolute path of cliosync.
    ///   - folder: the absolute path of the folder to work in.
    ///   - phases: in the order of an onboarding.
    static func files(
        program: String, folder: String, region: String, user: String, home: String, phases: [String]
    ) -> [(name: String, content: String)] {
        let hour = hours[region] ?? 19
        let zone = zones[region] ?? "UTC"
        return phases.enumerated().flatMap { index, phase in
            [
                (
                    "cliosync-\(phase).service",
                    service(phase, after: Array(phases[..<index]), program, folder, user, home)
                ), ("cliosync-\(phase).timer", timer(phase, hour: hour, minute: index, zone)),
            ]
        }
    }

    private static func service(
        _ phase: String, after: [String], _ program: String, _ folder: String, _ user: String, _ home: String
    ) -> String {
        """
        # Runs one phase for every firm that is set up: systemctl start cliosync-\(phase)
        [Unit]
        Description=cliosync, phase \(phase)
        Wants=network-online.target
        # A phase waits for those before it, if they are at work.
        After=\((["network-online.target"] + after.map { "cliosync-\($0).service" }).joined(separator: " "))

        [Service]
        Type=oneshot
        User=\(user)
        WorkingDirectory=\(escaped(folder))
        Environment=\(quoted("HOME=" + home))
        ExecStart=\(quoted(program)) run --all --phase \(phase) --log-format json
        # Stopped by a person (130), done but partly (3, see `cliosync status`), or another phase has the lock (5): nothing
        # for systemd to fix.
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

    private static func timer(_ phase: String, hour: Int, minute: Int, _ zone: String) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return """
            # Every evening after Clio's peak hours; a phase that is finished makes no request.
            [Unit]
            Description=cliosync, phase \(phase), every evening

            [Timer]
            OnCalendar=*-*-* \(two(hour)):\(two(minute)):00 \(zone)
            Persistent=true

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
