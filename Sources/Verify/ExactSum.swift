/// A sum of doubles without rounding: the same whatever the order of its terms.
///
/// Every finite double is a whole number of 2^-1074. The sum is that number, in digits of 32 bits which take two
/// thousand million terms before a carry has to be passed on.
struct ExactSum: Equatable {
    private var digits = [Int64](repeating: 0, count: ExactSum.length)
    /// How many terms may still be added before the digits could overflow.
    private var room = ExactSum.termsPerCarry
    /// Terms so far.
    private(set) var count = 0
    /// Terms that are no finite numbers; SQLite can hold infinities.
    private(set) var infinite = 0

    /// 2,098 bits of a double, and 62 for the number of terms.
    private static let length = 68
    private static let termsPerCarry = 1 << 30

    /// Adds a double.
    @inline(__always)
    mutating func add(_ term: Double) { add(term, times: 1) }

    /// Adds an integer, also one that is no exact double.
    @inline(__always)
    mutating func add(_ term: Int64) { add(term, times: 1) }

    /// Takes a double away again.
    mutating func subtract(_ term: Double) { add(term, times: -1) }

    /// Takes an integer away again.
    mutating func subtract(_ term: Int64) { add(term, times: -1) }

    private mutating func add(_ term: Double, times sign: Int64) {
        count += Int(sign)
        guard term.isFinite else {
            infinite += Int(sign)
            return
        }
        let mantissa = term.significandBitPattern | (term.isNormal ? 1 << 52 : 0)
        let place = max(1, Int(term.exponentBitPattern)) - 1
        add(mantissa, at: place, term.sign == .minus ? -sign : sign)
    }

    private mutating func add(_ term: Int64, times sign: Int64) {
        count += Int(sign)
        add(term.magnitude, at: 1074, term < 0 ? -sign : sign)
    }

    @inline(__always)
    private mutating func add(_ magnitude: UInt64, at place: Int, _ sign: Int64) {
        let (digit, shift) = (place >> 5, UInt64(place & 31))
        let (low, high) = (magnitude & 0xFFFF_FFFF, magnitude >> 32)
        let (first, second) = (low << shift, high << shift)
        let middle = (first >> 32) + (second & 0xFFFF_FFFF)
        digits[digit] += sign * Int64(first & 0xFFFF_FFFF)
        digits[digit + 1] += sign * Int64(middle)
        digits[digit + 2] += sign * Int64(second >> 32)
        room -= 1
        if room == 0 { carry() }
    }

    /// Makes every digit but the highest one a number from 0 to 2^32 - 1.
    private mutating func carry() {
        for index in 0..<digits.count - 1 {
            digits[index + 1] += digits[index] >> 32
            digits[index] &= 0xFFFF_FFFF
        }
        room = Self.termsPerCarry
    }

    /// Adds all terms of another sum.
    static func += (left: inout ExactSum, right: ExactSum) { left.combine(right, 1) }

    /// Takes all terms of another sum away.
    mutating func subtract(_ other: ExactSum) { combine(other, -1) }

    private mutating func combine(_ other: ExactSum, _ sign: Int64) {
        var other = other
        carry()
        other.carry()
        for index in digits.indices { digits[index] += sign * other.digits[index] }
        count += Int(sign) * other.count
        infinite += Int(sign) * other.infinite
        carry()
    }

    static func == (left: ExactSum, right: ExactSum) -> Bool {
        var (left, right) = (left, right)
        left.carry()
        right.carry()
        return left.digits == right.digits && left.count == right.count && left.infinite == right.infinite
    }

    /// The sum as a double, for people.
    var double: Double {
        var copy = self
        copy.carry()
        // A negative sum is its highest digit, and positive ones that take away from it.
        guard copy.digits[Self.length - 1] >= 0 else {
            for index in copy.digits.indices { copy.digits[index] = -copy.digits[index] }
            copy.carry()
            return -copy.magnitude
        }
        return copy.magnitude
    }

    private var magnitude: Double {
        var sum = 0.0
        for (index, digit) in digits.enumerated().reversed() where digit != 0 {
            sum += Double(sign: .plus, exponent: index * 32 - 1074, significand: Double(digit))
        }
        return sum
    }
}
