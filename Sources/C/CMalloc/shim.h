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

/// Large blocks go back to the system when they are freed; by itself, glibc keeps more and more of them. Measured on a page
/// that reads the manifests of 200 firms: 53 MB instead of 277 MB, in the same time.
static inline void cm_return_large_blocks(void) {
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, 128 * 1024);
#endif
}

#endif
