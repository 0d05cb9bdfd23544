/// One page of a listing: the XML of `ListObjectsV2`, of which these few elements are read.
struct ListingPage {
    private(set) var objects: [ListedObject] = []
    /// Names the next page; nil: this is the last one.
    private(set) var next: String?

    /// Reads an answer; nil when it is not whole or not of this kind.
    init?(_ xml: String) {
        guard xml.contains("<ListBucketResult"), xml.contains("</ListBucketResult>") else { return nil }
        // What is said of the page itself, before, between and after the objects.
        var ofPage = ""
        for piece in xml.split(separator: "</Contents>") {
            guard let start = piece.firstRange(of: "<Contents>") else {
                ofPage += piece
                continue
            }
            ofPage += piece[..<start.lowerBound]
            let content = piece[start.upperBound...]
            guard let key = Self.element("Key", in: content).flatMap({ StoreLocation.decoded($0) }),
                let bytes = Self.element("Size", in: content).flatMap({ Int($0) }),
                let modified = Self.element("LastModified", in: content)
            else { return nil }
            objects.append(
                ListedObject(
                    key: key, bytes: bytes, modified: modified, etag: Self.element("ETag", in: content)))
        }
        guard let isTruncated = Self.element("IsTruncated", in: ofPage[...]) else { return nil }
        if isTruncated == "true" {
            guard let token = Self.element("NextContinuationToken", in: ofPage[...]) else { return nil }
            next = token
        }
    }

    /// The text of the first element of a name, with its entities resolved.
    static func element(_ name: String, in xml: Substring) -> String? {
        guard let start = xml.firstRange(of: "<\(name)>") else { return nil }
        let rest = xml[start.upperBound...]
        guard let end = rest.firstRange(of: "</\(name)>") else { return nil }
        var text = String(rest[..<end.lowerBound])
        for (entity, character) in [("&quot;", "\""), ("&lt;", "<"), ("&gt;", ">"), ("&apos;", "'"), ("&amp;", "&")] {
            text = text.replacing(entity, with: character)
        }
        return text
    }
}
