/// `/metrics`, by Prometheus's conventions. `docs/status-page.md` lists them.
struct Metrics {
    let snapshot: StatusSnapshot
    let version: String
    /// Pages that watch.
    let watchers: Int

    /// The whole text, made anew.
    var text: String { String(decoding: bytes(snapshot.connections.map(FirmMetrics.init)), as: UTF8.self) }

    /// The whole text.
    /// - Parameter firms: of the snapshot's connections.
    func bytes(_ firms: [FirmMetrics]) -> [UInt8] {
        var text = MetricText()
        text.family(
            "cliosync_build_info", .gauge, "The program that answers; always 1.", labels: [("version", version)], 1)
        text.family("cliosync_status_page_watchers", .gauge, "Pages that follow the events.", Double(watchers))
        text.family("cliosync_connections", .gauge, "Connections in the staging folder.", Double(firms.count))
        if let free = snapshot.freeBytes {
            text.family(
                "cliosync_disk_free_bytes", .gauge, "Bytes that are free on the disk of the staging folder.",
                Double(free))
        }
        for (place, family) in MetricFamily.all.enumerated() {
            text.family("\(family.name)", family.kind, family.help, firms.lazy.map { $0.lines(place) })
        }
        return text.bytes
    }
}
