/// Cuts a text where it must be cut: never within a number.
enum Clipping {
    static func clipped(_ text: String, to columns: Int) -> String {
        guard Terminal.columns(text) > columns else { return text }
        guard columns > 1 else { return columns == 1 ? "…" : "" }
        var start = ""
        var width = 0
        for character in text {
            let wide = Terminal.columns(String(character))
            guard width + wide <= columns - 1 else { break }
            start.append(character)
            width += wide
        }
        let isNumber = { (character: Character?) in
            character.map { $0.isNumber || $0 == "," || $0 == "." || $0 == ":" } ?? false
        }
        // The rest of a number, if the cut is within one.
        if isNumber(text.dropFirst(start.count).first) {
            while isNumber(start.last) { start.removeLast() }
        }
        while start.last == " " { start.removeLast() }
        return start + "…"
    }
}
