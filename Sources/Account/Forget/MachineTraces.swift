internal import Staging

/// What names a firm outside of the project folder, where only the machine's administrator may change it.
enum MachineTraces {
    /// One line for each, with the command that removes it.
    /// - Parameter root: the folder of the machine's own files.
    static func lines(of connection: String, in root: String = "/etc") -> [String] {
        func names(_ folder: String) -> [String] { (try? Files.names(in: "\(root)/\(folder)").sorted()) ?? [] }
        let timers = names("systemd/system/timers.target.wants").filter {
            $0 == "cliosync@\(connection).timer" || $0 == "cliosync-refresh@\(connection).timer"
        }
        let secrets = ["credstore", "credstore.encrypted"].flatMap { folder in
            names(folder).filter { $0.hasPrefix("cliosync.\(connection).") }.map { "\(root)/\(folder)/\($0)" }
        }
        return
            (timers.isEmpty
            ? [] : ["a timer still starts its sync: sudo systemctl disable --now \(timers.joined(separator: " "))"])
            + (secrets.isEmpty ? [] : ["a credential is left: sudo rm \(secrets.joined(separator: " "))"])
    }
}
