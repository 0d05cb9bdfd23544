/// The order of an integer and a decimal, exact where a conversion to `Double` would round the integer.
public enum ExactOrder {
    /// Whether the integer is less than the decimal, and whether they are equal.
    /// - Parameter decimal: no NaN.
    public static func compare(_ integer: Int64, _ decimal: Double) -> (less: Bool, equal: Bool) {
        // 2^63, the first number that no Int64 is.
        guard decimal < 0x1p63 else { return (true, false) }
        guard decimal >= -0x1p63 else { return (false, false) }
        let whole = decimal.rounded(.down)
        let floor = Int64(whole)
        return (integer < floor || integer == floor && whole < decimal, integer == floor && whole == decimal)
    }
}
