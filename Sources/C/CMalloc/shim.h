#ifndef CLIOSYNC_CMALLOC_SHIM_H
#define CLIOSYNC_CMALLOC_SHIM_H

#include <malloc.h>

// Swift's Glibc module leaves malloc.h out.

/// One heap for all threads instead of one per thread: glibc never gives the others back, so that every stage's peak
/// would add up. Measured on a whole run of 158,000 records: 103 MB instead of 267 MB, in the same time.
static inline void cm_use_one_heap(void) {
#ifdef __GLIBC__
    mallopt(M_ARENA_MAX, 1);
#endif
}

#endif
