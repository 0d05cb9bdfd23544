internal import Hashing

/// 128 bits of a row's packed values, for telling two tables apart: XXH3. It finds accidents, not an attacker, who could
/// write the staged files as well.
///
/// These hashes live in temporary tables only, so that no database depends on the function.
enum RowHash {
    /// Two words that depend on every byte and on the length.
    static func words(_ bytes: UnsafeRawBufferPointer) -> (UInt64, UInt64) { XXH3.words(bytes) }
}
