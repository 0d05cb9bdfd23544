#ifndef CLIOSYNC_CSPAWN_SHIM_H
#define CLIOSYNC_CSPAWN_SHIM_H

// Swift's Glibc module leaves out what glibc declares for _GNU_SOURCE alone. The type of `actions` belongs to that module;
// including <spawn.h> here would take it over.
extern int posix_spawn_file_actions_addclosefrom_np(void *actions, int from);

/// Closes every descriptor from this one up, in the child.
static inline int cs_close_from(void *actions, int from) {
    return posix_spawn_file_actions_addclosefrom_np(actions, from);
}

#endif
