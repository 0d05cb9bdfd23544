#ifndef CLIOSYNC_CDEFLATE_H
#define CLIOSYNC_CDEFLATE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// libdeflate, where the build found it (Package.swift defines CLIOSYNC_LIBDEFLATE); otherwise every call says "not here",
// and zlib does the work. libdeflate compresses and inflates whole gzip members, about twice as fast as zlib.

/// Whether libdeflate was there at build time.
int cd_available(void);

/// NULL when there is no libdeflate, or no memory.
void *cd_new_compressor(int level);
void cd_free_compressor(void *compressor);

/// Bytes that one member of `length` bytes takes at most.
size_t cd_bound(void *compressor, size_t length);

/// Writes one gzip member; its length, or 0 when `room` is too small.
size_t cd_compress(void *compressor, const void *bytes, size_t length, void *output, size_t room);

/// NULL when there is no libdeflate, or no memory.
void *cd_new_decompressor(void);
void cd_free_decompressor(void *decompressor);

enum { CD_DONE = 0, CD_BAD = 1, CD_NO_ROOM = 2 };

/// Inflates the one gzip member that `bytes` begin with and checks its checksum. CD_BAD: damaged, or cut off.
int cd_decompress(
    void *decompressor, const void *bytes, size_t length, void *output, size_t room, size_t *consumed, size_t *produced);

#ifdef __cplusplus
}
#endif

#endif
