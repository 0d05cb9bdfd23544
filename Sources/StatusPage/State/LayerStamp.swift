internal import Foundation
internal import Staging

/// By which one sees that an entity's manifests changed.
struct LayerStamp: Equatable {
    private var sizes: [Int?] = []
    private var times: [Int?] = []

    init(_ place: EntityFolder) {
        for file in [place.rawManifest, place.clean + "/manifest.ndjson"] {
            var status = stat()
            let exists = stat(file, &status) == 0
            sizes.append(exists ? Int(status.st_size) : nil)
            times.append(exists ? status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec : nil)
        }
    }
}
