internal import CSpawn

#if canImport(Glibc)
    public import Glibc
#endif

/// Gives a child none of this process's descriptors but 0, 1 and 2. Other tests open some without `O_CLOEXEC`, and a pipe or a
/// socket has no end while a child holds it.
public func closeInherited(_ actions: inout posix_spawn_file_actions_t) {
    cs_close_from(&actions, 3)
}
