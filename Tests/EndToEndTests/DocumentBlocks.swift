import Foundation
import Testing

/// The code blocks of a page of the documentation, to be run as they are written there.
struct DocumentBlocks {
    struct Block {
        /// The headings above it, the nearest last.
        let headings: [String]
        /// What follows the fence: `sh`, `sh server`, `cron`.
        let kind: String
        let text: String
    }

    let blocks: [Block]

    /// - Parameter page: its path in the repository.
    init(_ page: String) throws {
        let text = try String(contentsOfFile: "\(Programs.repository)/\(page)", encoding: .utf8)
        var blocks: [Block] = []
        var headings: [String] = []
        var open: (kind: String, lines: [Substring])?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("```") {
                if let done = open {
                    blocks.append(
                        Block(
                            headings: headings, kind: done.kind,
                            text: done.lines.joined(separator: "\n") + "\n"))
                    open = nil
                } else {
                    open = (String(line.dropFirst(3)), [])
                }
            } else if open != nil {
                open?.lines.append(line)
            } else if line.hasPrefix("#") {
                let level = line.prefix { $0 == "#" }.count
                headings = Array(headings.prefix(level - 1)) + [line.dropFirst(level + 1).description]
            }
        }
        #expect(open == nil, "\(page): a block has no end")
        self.blocks = blocks
    }

    /// Those below a heading, in their order.
    func of(_ heading: String, kind: String? = nil) -> [Block] {
        blocks.filter { $0.headings.contains(heading) && (kind == nil || $0.kind == kind) }
    }
}
