#ifndef CLIOSYNC_CXXHASH_H
#define CLIOSYNC_CXXHASH_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    uint64_t low;
    uint64_t high;
} cx_hash128;

/// XXH3, 128 bits, seed 0.
cx_hash128 cx_xxh3_128(const void *bytes, size_t length);

#ifdef __cplusplus
}
#endif

#endif
