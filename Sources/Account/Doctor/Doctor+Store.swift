internal import Bytes
internal import Foundation
internal import Remote
internal import Staging

/// The object store, where there is one.
extension Doctor {
    /// Writes an object below the connection's prefix, and deletes it again.
    func checkStore(_ settings: Settings, _ report: inout DoctorReport) async {
        guard let place = settings.remote else { return }
        do {
            let store = try ObjectStore(settings, stop: StopSignal())
            if try await store.keepsConditions(key: "\(connection)/doctor/\(UUID().uuidString.lowercased())") {
                report.ok("store", "\(place): can be written, and keeps the conditions of writes")
            } else {
                report.fail(
                    "store", "\(place): does not keep the conditions of writes (If-None-Match, If-Match)",
                    "use a store that does, or one machine only: another one could overwrite its files")
            }
        } catch {
            let text = (error as? any CommandFailure)?.description ?? "\(error)"
            let (cause, remedy) = text.split(separator: "; ", maxSplits: 1).map(String.init).pair
            report.fail("store", cause, remedy ?? "check SYNC_REMOTE")
        }
    }
}

extension [String] {
    fileprivate var pair: (String, String?) { (first ?? "", count > 1 ? self[1] : nil) }
}
