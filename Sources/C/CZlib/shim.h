#ifndef CLIOSYNC_CZLIB_SHIM_H
#define CLIOSYNC_CZLIB_SHIM_H

#include <zlib.h>

// inflateInit2 is a macro, which Swift cannot import. 15 + 16 asks for the gzip wrapper.

static inline int cz_inflate_init_gzip(z_stream *stream) {
    return inflateInit2(stream, 15 + 16);
}

#endif
