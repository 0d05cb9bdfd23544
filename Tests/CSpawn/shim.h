#ifndef CLIOSYNC_CSPAWN_SHIM_H
#define CLIOSYNC_CSPAWN_SHIM_H

#include <spawn.h>

// Swift's Glibc module leaves out what glibc declares for _GNU_SOURCE alone.
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);

/// Closes every descriptor from this one up, in the child.
static inline int cs_close_from(posix_spawn_file_actions_t *actions, int from) {
    return posix_spawn_file_actions_addclosefrom_np(actions, from);
}

#endif
