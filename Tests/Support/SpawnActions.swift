#if canImport(Glibc)
    public import Glibc
#endif

/// Gives a child none of this process's descriptors but 0, 1 and 2. Other tests open some without `O_CLOEXEC`, and a pipe or a
/// socket has no end while a child holds it.
public func closeInherited(_ actions: inout posix_spawn_file_actions_t) {
    // Swift does not see `posix_spawn_file_actions_addclosefrom_np`. Closing what is not open is no error.
    for descriptor in Int32(3)..<512 { posix_spawn_file_actions_addclose(&actions, descriptor) }
}
