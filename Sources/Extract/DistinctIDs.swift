internal import Dispatch
internal import JSON
internal import Staging

/// Counts the different ids of a raw layer, eight bytes of memory each; needed only where windows or a new beginning
/// brought records twice.
enum DistinctIDs {
    static func count(_ files: [PartFile]) async throws(StagingError) -> Int {
        // Reads whole files: not on a thread of Swift's pool.
        let result: Result<Int, StagingError> = await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                do throws(StagingError) {
                    continuation.resume(returning: .success(try countNow(files)))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }

    private static func countNow(_ files: [PartFile]) throws(StagingError) -> Int {
        var hashes: [UInt64] = []
        var nameless = 0
        let parser = JSONParser()
        for file in files {
            let reader = try NDJSONReader(file)
            while let line = try reader.next() {
                guard let id = (try? parser.parse(line))?["id"] else {
                    nameless += 1
                    continue
                }
                if let number = id.int64 {
                    hashes.append(mixed(UInt64(bitPattern: number)))
                } else if let text = id.utf8 {
                    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
                    for byte in text { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
                    hashes.append(mixed(hash))
                } else {
                    nameless += 1
                }
            }
        }
        hashes.sort()
        var distinct = nameless
        var previous: UInt64?
        for hash in hashes where hash != previous {
            distinct += 1
            previous = hash
        }
        return distinct
    }

    /// Spreads neighbours over all 64 bits (the finalizer of SplitMix64).
    private static func mixed(_ value: UInt64) -> UInt64 {
        var hash = value &+ 0x9E37_79B9_7F4A_7C15
        hash = (hash ^ (hash >> 30)) &* 0xBF58_476D_1CE4_E5B9
        hash = (hash ^ (hash >> 27)) &* 0x94D0_49BB_1331_11EB
        return hash ^ (hash >> 31)
    }
}
