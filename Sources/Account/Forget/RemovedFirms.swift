package import Bytes
internal import Staging

/// Firms that were removed from this folder, by their receipts.
package enum RemovedFirms {
    /// Lets no command bring a removed firm back by itself: a token in the environment or among a service's credentials was
    /// there before the removal. A settings file or a login was made since.
    /// - Throws: `ConfigurationError` that says what to do.
    package static func check(_ connection: String, _ credentials: Credentials) throws(ConfigurationError) {
        guard let (path, receipt) = (try? RemovalReceipt.latest(connection)).flatMap({ $0 }) else { return }
        guard receipt.state == .done else {
            throw ConfigurationError(
                "the removal of \(connection) was interrupted (\(path)); continue it: cliosync forget \(connection) --yes"
            )
        }
        guard case .variable(let place) = credentials.source else { return }
        let file = connection == "default" ? ".env" : "\(Connections.folder)/\(connection).env"
        guard place != file, connection == "default" || Connections.settingsFile(connection) == nil else { return }
        let advice = connection == "default" ? "write it into .env" : "make \(file)"
        throw ConfigurationError(
            "\(connection) was removed from this folder at \(receipt.endedAt ?? receipt.begunAt) (\(path)); the token in "
                + "\(place) does not bring it back. To sync it again, \(advice), or run "
                + "`\(Credentials.loginCommand(connection))`")
    }
}
