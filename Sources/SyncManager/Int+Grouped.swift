extension Int {
    /// `1,234,567`, for people.
    package var grouped: String {
        let digits = Array(String(magnitude))
        return (self < 0 ? "-" : "")
            + digits.indices.map { ($0 > 0 && (digits.count - $0) % 3 == 0 ? "," : "") + String(digits[$0]) }.joined()
    }
}
