/// 128 bits of a row's packed values, for telling two tables apart. It finds accidents, not somebody who means to deceive:
/// who can write the database can write the files beside it as well.
enum RowHash {
    /// Two words that depend on every byte and on the length.
    ///
    /// Each step multiplies two words of the row to 128 bits and folds them, once in each of two lanes that see the words
    /// with other constants.
    static func words(_ bytes: UnsafeRawBufferPointer) -> (UInt64, UInt64) {
        var first: UInt64 = 0x9E37_79B9_7F4A_7C15 ^ UInt64(bytes.count)
        var second: UInt64 = 0xC2B2_AE3D_27D4_EB4F &+ UInt64(bytes.count)
        guard let start = bytes.baseAddress else { return (fold(first, second), fold(second, first ^ 1)) }
        var offset = 0
        while bytes.count - offset >= 16 {
            let low = (start + offset).loadUnaligned(as: UInt64.self)
            let high = (start + offset + 8).loadUnaligned(as: UInt64.self)
            mix(&first, &second, low, high)
            offset += 16
        }
        if offset < bytes.count {
            var low: UInt64 = 0
            var high: UInt64 = 0
            for (index, byte) in bytes[offset...].enumerated() {
                if index < 8 {
                    low |= UInt64(byte) << UInt64(index * 8)
                } else {
                    high |= UInt64(byte) << UInt64(index * 8 - 64)
                }
            }
            mix(&first, &second, low, high)
        }
        return (
            fold(first ^ 0xA076_1D64_78BD_642F, second ^ 0xE703_7ED1_A0B4_28DB),
            fold(second ^ 0x8EBC_6AF0_9C88_C6E3, first ^ 0x5899_65CC_7537_4CC3)
        )
    }

    @inline(__always)
    private static func mix(_ first: inout UInt64, _ second: inout UInt64, _ low: UInt64, _ high: UInt64) {
        // Each lane keeps what it was, so that no product that happens to be zero forgets the row so far.
        first =
            fold(low ^ 0x1D8E_4E27_C47D_124F ^ first, high ^ 0xEB44_ACCA_B455_D165) &+ (first &* 0x9FB2_1C65_1E98_DF25)
        second =
            fold(high ^ 0x2D35_8DCC_AA6C_78A5 ^ second, low ^ 0x8BB8_4B93_962E_ACC9)
            &+ (second &* 0xD6E8_FEB8_6659_FD93)
    }

    @inline(__always)
    private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }
}
