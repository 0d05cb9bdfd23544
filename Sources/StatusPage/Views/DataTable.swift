/// A table with a caption for screen readers, as it is written everywhere on the page.
struct DataTable {
    /// A column: its title, and whether its cells are numbers.
    struct Column: ExpressibleByStringLiteral {
        let title: String
        var isNumber = false
        /// Whether a small screen does without it.
        var isWide = false
        /// How the rows are sorted by it; nil: they are not.
        var order: Order?
        /// Where the table is sorted by it; nil: nowhere.
        var address: String?

        enum Order: String { case ascending, descending }

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

    enum Style {
        /// A small screen scrolls it sideways.
        case plain
        /// On a small screen, each row is a block whose cells are below each other.
        case stacked
    }

    let caption: String
    let columns: [Column]
    private let style: Style
    private(set) var rows: [HTML] = []

    init(_ caption: String, _ columns: [Column], style: Style = .plain) {
        self.caption = caption
        self.columns = columns
        self.style = style
    }

    /// Adds a row; the first cell heads it.
    /// - Parameters:
    ///   - tone: a class of the style sheet.
    ///   - id: by which a live page finds the row again.
    mutating func add(_ cells: [HTML], tone: HTML = .empty, id: String? = nil) {
        let name: HTML = id.map { " id=\"\($0)\"" } ?? .empty
        // Browsers take a block for no row, unless it says so.
        let role: HTML = style == .stacked ? " role=\"row\"" : .empty
        var row: HTML = tone == .empty ? "<tr\(role)\(name)>" : "<tr class=\"\(tone)\"\(role)\(name)>"
        for (index, (column, cell)) in zip(columns, cells).enumerated() {
            let kind = Self.kind(column)
            let label: HTML = style == .stacked ? " data-label=\"\(column.title)\"" : .empty
            if index == 0 {
                row += "<th scope=\"row\"\(style == .stacked ? " role=\"rowheader\"" : .empty)\(kind)>\(cell)</th>"
            } else {
                row += "<td\(style == .stacked ? " role=\"cell\"" : .empty)\(kind)\(label)>\(cell)</td>"
            }
        }
        rows.append(row + "</tr>")
    }

    /// The table; some rows of it.
    /// - Parameter title: the caption of these rows, where the table is shown in several pieces.
    func html(_ rows: ArraySlice<HTML>? = nil, title: String? = nil) -> HTML {
        let head = HTML.join(columns.map(heading))
        let sorted: HTML = columns.contains { $0.address != nil } ? " sorted" : .empty
        let roles: HTML = style == .stacked ? " class=\"stacked\(sorted)\" role=\"table\"" : .empty
        // A group, not a region: each region is one more landmark to step through.
        return """
            <div class="scroll" tabindex="0" role="group" aria-label="\(title ?? caption)"><table\(roles)>\
            <caption>\(title ?? caption)</caption>\
            <thead><tr>\(head)</tr></thead><tbody>\(HTML.join(rows ?? self.rows[...]))</tbody></table></div>
            """
    }

    private func heading(_ column: Column) -> HTML {
        let sort: HTML = column.order.map { " aria-sort=\"\($0.rawValue)\"" } ?? .empty
        let title: HTML =
            column.address.map { "<a class=\"sort\" href=\"\($0)\">\(column.title)</a>" } ?? "\(column.title)"
        return "<th scope=\"col\"\(sort)\(Self.kind(column))>\(title)</th>"
    }

    private static func kind(_ column: Column) -> HTML {
        switch (column.isNumber, column.isWide) {
        case (true, true): " class=\"num wide\""
        case (true, false): " class=\"num\""
        case (false, true): " class=\"wide\""
        case (false, false): .empty
        }
    }
}
