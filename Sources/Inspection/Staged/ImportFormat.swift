internal import Bytes

/// What a file to be imported is, by its first bytes.
enum ImportFormat: Equatable {
    /// JSON texts, one a line or not.
    case json
    /// A table; its names are in the first line.
    case csv
    /// Something that a program of the machine turns into JSON or CSV.
    case foreign(name: String, program: String)
    /// Something that nothing turns into records.
    case useless(String)

    /// - Parameters:
    ///   - bytes: the beginning of the file, after one decompression where it is gzip.
    ///   - columns: names that a table may have.
    init(_ bytes: UnsafeRawBufferPointer, columns: Set<String>) {
        if Self.isWorkbook(bytes) {
            self = .useless(
                "is a spreadsheet; save the sheet as CSV in UTF-8, with the names of the table's columns in the first line"
            )
            return
        }
        for (signature, name, program) in Self.signatures where bytes.starts(with: signature) {
            self = .foreign(name: name, program: program)
            return
        }
        if bytes.count > 262, UnsafeRawBufferPointer(rebasing: bytes[257...]).starts(with: "ustar".utf8) {
            self = .foreign(name: "a tar archive", program: "tar xOf -")
            return
        }
        if bytes.starts(with: "SQLite format 3".utf8) || bytes.starts(with: "PAR1".utf8)
            || bytes.starts(with: "%PDF".utf8)
            || bytes.starts(with: [0x7F, 0x45, 0x4C, 0x46])
        {
            self = .useless("is no text; export the records as JSON, one a line")
            return
        }
        if let order = EditedText.utf32Order(bytes.prefix(8)) {
            let hasMark = bytes[0] == 0xFF || bytes[2] == 0xFE
            let from = hasMark ? "UTF-32" : order == .little ? "UTF-32LE" : "UTF-32BE"
            self = .foreign(name: "UTF-32", program: "iconv -f \(from) -t UTF-8")
            return
        }
        if let order = EditedText.utf16Order(bytes.prefix(4)) {
            let hasMark = bytes[0] == 0xFF || bytes[0] == 0xFE
            let from = hasMark ? "UTF-16" : order == .little ? "UTF-16LE" : "UTF-16BE"
            self = .foreign(name: "UTF-16", program: "iconv -f \(from) -t UTF-8")
            return
        }
        let text = bytes.starts(with: ImportText.mark) ? UnsafeRawBufferPointer(rebasing: bytes.dropFirst(3)) : bytes
        if text.first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) == UInt8(ascii: "<") {
            self = .useless(
                "is a web page or XML, not records; a sign-in or error page may have been saved in their place: get the "
                    + "file again, as JSON")
            return
        }
        self = CSVHeader(text, columns: columns) == nil ? .json : .csv
    }

    /// A workbook of Excel, old or new, or of LibreOffice: the new ones are zip archives that begin with a certain file.
    private static func isWorkbook(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if bytes.starts(with: [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]) { return true }
        guard bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]), bytes.count > 30 else { return false }
        let first = UnsafeRawBufferPointer(rebasing: bytes[30...])
        return ["[Content_Types].xml", "_rels/.rels", "xl/", "mimetypeapplication/vnd.oasis"].contains {
            first.starts(with: $0.utf8)
        }
    }

    /// Whether text looks like lines of a table: its first line has several cells, and no record begins anywhere.
    static func isTable(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let first = bytes.first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) else { return false }
        guard ![UInt8(ascii: "["), UInt8(ascii: "{"), 0x1E].contains(first), !bytes.contains(UInt8(ascii: "{"))
        else { return false }
        return bytes.prefix { $0 != 10 && $0 != 13 }.contains { [0x2C, 0x3B, 0x09, 0x7C].contains($0) }
    }

    private static let signatures: [(signature: [UInt8], name: String, program: String)] = [
        ([0x1F, 0x8B], "gzip in gzip", "zcat"),
        ([0x1F, 0x9D], "compressed by compress", "zcat"),
        ([0x28, 0xB5, 0x2F, 0xFD], "compressed by zstd", "zstdcat"),
        ([0x42, 0x5A, 0x68], "compressed by bzip2", "bzcat"),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "compressed by xz", "xzcat"),
        ([0x04, 0x22, 0x4D, 0x18], "compressed by lz4", "lz4cat"),
        ([0x50, 0x4B, 0x03, 0x04], "a zip archive", "unzip -p"),
        ([0x50, 0x4B, 0x05, 0x06], "an empty zip archive", "unzip -p"),
        ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "a 7z archive", "7z x -so"),
    ]
}
