internal import JSON

extension RawManifest {
    /// The request of each of these pages, by reading the manifest once more: in memory only a stream's first is kept.
    /// - Parameter pages: pages by their part and their offset in it.
    /// - Returns: path and query as asked for, in the order of `pages`; nil for a page that the manifest does not have.
    public static func requests(
        of pages: [(part: String, offset: Int)], in folder: EntityFolder
    ) throws(StagingError) -> [String?] {
        var requests = [String?](repeating: nil, count: pages.count)
        _ = try Journal.forEachLine(folder.rawManifest) { (line) throws(StagingError) in
            guard line.has("page"), let offset = line.optionalNumber("offset") else { return }
            for (index, page) in pages.enumerated() where page.offset == offset {
                if line.value["part"]?.isString(page.part) == true { requests[index] = line.optionalText("request") }
            }
        }
        return requests
    }
}
