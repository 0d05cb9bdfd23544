internal import HTTP

/// One cutter for all streams: a page takes milliseconds, and one parser's memory is enough.
actor PageCutting {
    private let cutter = PageCutter()

    func cut(_ body: HTTPBody, _ checks: PageChecks) -> Result<CutPage, PageFault> {
        body.withUnsafeBytes { bytes in
            do throws(PageFault) {
                return .success(try cutter.cut(bytes, checks))
            } catch {
                return .failure(error)
            }
        }
    }
}
