#include "CDeflate.h"

#ifdef CLIOSYNC_LIBDEFLATE

#include <libdeflate.h>

int cd_available(void) { return 1; }

void *cd_new_compressor(int level) { return libdeflate_alloc_compressor(level); }

void cd_free_compressor(void *compressor) { libdeflate_free_compressor(compressor); }

size_t cd_bound(void *compressor, size_t length) { return libdeflate_gzip_compress_bound(compressor, length); }

size_t cd_compress(void *compressor, const void *bytes, size_t length, void *output, size_t room) {
    return libdeflate_gzip_compress(compressor, bytes, length, output, room);
}

void *cd_new_decompressor(void) { return libdeflate_alloc_decompressor(); }

void cd_free_decompressor(void *decompressor) { libdeflate_free_decompressor(decompressor); }

int cd_decompress(
    void *decompressor, const void *bytes, size_t length, void *output, size_t room, size_t *consumed, size_t *produced) {
    switch (libdeflate_gzip_decompress_ex(decompressor, bytes, length, output, room, consumed, produced)) {
    case LIBDEFLATE_SUCCESS: return CD_DONE;
    case LIBDEFLATE_INSUFFICIENT_SPACE: return CD_NO_ROOM;
    default: return CD_BAD;
    }
}

#else

int cd_available(void) { return 0; }

void *cd_new_compressor(int level) {
    (void)level;
    return NULL;
}

void cd_free_compressor(void *compressor) { (void)compressor; }

size_t cd_bound(void *compressor, size_t length) {
    (void)compressor;
    (void)length;
    return 0;
}

size_t cd_compress(void *compressor, const void *bytes, size_t length, void *output, size_t room) {
    (void)compressor;
    (void)bytes;
    (void)length;
    (void)output;
    (void)room;
    return 0;
}

void *cd_new_decompressor(void) { return NULL; }

void cd_free_decompressor(void *decompressor) { (void)decompressor; }

int cd_decompress(
    void *decompressor, const void *bytes, size_t length, void *output, size_t room, size_t *consumed, size_t *produced) {
    (void)decompressor;
    (void)bytes;
    (void)length;
    (void)output;
    (void)room;
    (void)consumed;
    (void)produced;
    return CD_BAD;
}

#endif
