/// A table with a caption for screen readers, as it is written everywhere on the page.
struct DataTable {
    /// A column: its title, and whether its cells are numbers.
    struct Column: ExpressibleByStringLiteral {
        let title: String
        var isNumber = false
        /// Whether a small screen does without it.
        var isWide = false

        init(stringLiteral title: String) { self.title = title }

        /// A column of numbers.
        static func number(_ title: String, wide: Bool = false) -> Column {
            var column = Column(stringLiteral: title)
            (column.isNumber, column.isWide) = (true, wide)
            return column
        }

        /// A column that a small screen does without.
        static func wide(_ title: String) -> Column {
            var column = Column(stringLiteral: title)
            column.isWide = true
            return column
        }
    }

    let caption: String
    let columns: [Column]
    private(set) var rows: [HTML] = []

    init(_ caption: String, _ columns: [Column]) {
        self.caption = caption
        self.columns = columns
    }

    /// Adds a row; the first cell heads it.
    /// - Parameter tone: a class of the style sheet.
    mutating func add(_ cells: [HTML], tone: HTML = .empty) {
        var row: HTML = tone == .empty ? "<tr>" : "<tr class=\"\(tone)\">"
        for (index, (column, cell)) in zip(columns, cells).enumerated() {
            let style = Self.style(column)
            row += index == 0 ? "<th scope=\"row\"\(style)>\(cell)</th>" : "<td\(style)>\(cell)</td>"
        }
        rows.append(row + "</tr>")
    }

    /// The table; some rows of it.
    func html(_ rows: ArraySlice<HTML>? = nil) -> HTML {
        let head = HTML.join(columns.map { "<th scope=\"col\"\(Self.style($0))>\($0.title)</th>" })
        return """
            <div class="scroll" tabindex="0" role="region" aria-label="\(caption)"><table>\
            <thead><tr>\(head)</tr></thead><tbody>\(HTML.join(rows ?? self.rows[...]))</tbody></table></div>
            """
    }

    private static func style(_ column: Column) -> HTML {
        switch (column.isNumber, column.isWide) {
        case (true, true): " class=\"num wide\""
        case (true, false): " class=\"num\""
        case (false, true): " class=\"wide\""
        case (false, false): .empty
        }
    }
}
