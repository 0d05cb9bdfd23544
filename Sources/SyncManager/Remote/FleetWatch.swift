public import Account
internal import Foundation
internal import Remote
internal import Staging
internal import Synchronization

/// The states of all firms in the store of the settings, looked at again and again: one listing, and one request for each
/// firm that changed.
public final class FleetWatch: Sendable {
    /// A firm's state, as a machine stored it.
    public struct Firm: Sendable, Equatable {
        /// The connection.
        public let connection: String
        /// The object of `status --json`.
        public let document: [UInt8]
        /// When it was stored, seconds since 1970.
        public let storedAt: Double
        /// Changes with the document.
        public let version: String
    }

    private let listing: StatusListing
    private let seconds: Double
    private let onTrouble: @Sendable (String) -> Void
    private let stop = StopSignal()
    private let known = Mutex<[Firm]>([])

    /// - Parameters:
    ///   - settings: name the store and its keys.
    ///   - seconds: between two looks.
    ///   - onTrouble: called when the store cannot be read; the last states stay.
    /// - Throws: `ConfigurationError` when the store or its keys are not set.
    public init(
        _ settings: Settings, every seconds: Double, onTrouble: @escaping @Sendable (String) -> Void
    ) throws {
        listing = StatusListing(try ObjectStore(settings, stop: stop))
        self.seconds = seconds
        self.onTrouble = onTrouble
    }

    /// All firms, by name, as of the last look.
    public var firms: [Firm] { known.withLock { $0 } }

    /// Looks, and then again and again until `end`.
    /// - Throws: a `RemoteError` when the first look fails.
    public func begin() async throws {
        try await look()
        Task { [self] in
            while !stop.isRequested {
                try? await Task.sleep(for: .seconds(seconds))
                guard !stop.isRequested else { return }
                do { try await look() } catch { onTrouble("\(error)") }
            }
        }
    }

    private func look() async throws {
        let firms = try await listing.look().map {
            Firm(connection: $0.connection, document: $0.document, storedAt: $0.storedAt, version: $0.version)
        }
        known.withLock { $0 = firms }
    }

    /// Ends it.
    public func end() { stop.request() }
}
