// Compiled in, so that no library is needed at run time.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "CXXHash.h"

cx_hash128 cx_xxh3_128(const void *bytes, size_t length) {
    XXH128_hash_t hash = XXH3_128bits(bytes, length);
    return (cx_hash128){hash.low64, hash.high64};
}
