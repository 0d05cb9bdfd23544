/// A bar with two fillings: what is fetched, and over it what is in the database.
enum Bars {
    static func bar(_ title: String, fetched: Double?, loaded: Double?, big: Bool = false) -> HTML {
        guard fetched != nil || loaded != nil else {
            // The work continues, but its size is not known.
            return """
                <div class="track\(big ? " big" : "" as HTML)"><progress class="fetched" max="100" value="0" \
                aria-label="\(title): fetched">not known</progress></div>
                """
        }
        return """
            <div class="track\(big ? " big" : "" as HTML)">\(
                one("fetched", "\(title): fetched", fetched ?? 0))\(
                one("loaded", "\(title): in the database", loaded ?? 0))</div>
            """
    }

    private static func one(_ name: String, _ label: String, _ value: Double) -> HTML {
        let tenths = Int((value * 10).rounded(.down))
        return """
            <progress class="\(name)" max="100" value="\(tenths / 10).\(tenths % 10)" aria-label="\(label)">\
            \(StatusWords.percent(value))</progress>
            """
    }
}

extension HTML {
    /// A moment, readable in UTC, and for the script to turn into the reader's own time.
    static func time(_ text: String) -> HTML { "<time datetime=\"\(text)\">\(StatusWords.readable(text))</time>" }

    /// A state with its colour; the word says it too.
    static func badge(_ state: ConnectionStatus.State) -> HTML {
        "<span class=\"badge \(tone(state))\">\(state.rawValue)</span>"
    }

    private static func tone(_ state: ConnectionStatus.State) -> String {
        switch state {
        case .running, .stopping: "go"
        case .complete: "good"
        case .paused, .interrupted, .incomplete: "warn"
        case .failed, .unknown: "bad"
        case .notBegun, .cancelled: "calm"
        }
    }
}
