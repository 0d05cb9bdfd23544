// Preloaded into a process: it is killed, as by kill -9, just before its N-th call of one function that changes the
// disk. KILL_AT=rename#3 says which; STOP_AT=rename#3 asks it to stop there, as Ctrl-C would. Without either nothing
// happens, and KILL_COUNT names a file that gets a line "rename 12" for each function at the end.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { RENAME, LINK, SYMLINK, UNLINK, MKDIR, RMDIR, FTRUNCATE, FSYNC, FDATASYNC, WRITE, PWRITE, CALLS };
static const char *const names[CALLS] = {
    "rename", "link", "symlink", "unlink", "mkdir", "rmdir", "ftruncate", "fsync", "fdatasync", "write", "pwrite"};
static atomic_long calls[CALLS];

static int is_here(const char *variable, int call, long number) {
    const char *at = getenv(variable);
    size_t length = strlen(names[call]);
    return at && strncmp(at, names[call], length) == 0 && at[length] == '#' && atol(at + length + 1) == number;
}

static void count(int call) {
    long number = atomic_fetch_add(&calls[call], 1) + 1;
    if (is_here("KILL_AT", call, number)) kill(getpid(), SIGKILL);
    if (is_here("STOP_AT", call, number)) {
        kill(getpid(), SIGINT);
        // A thread of its own takes the signal.
        usleep(50 * 1000);
    }
}

#define REAL(type, name) \
    static __typeof__(type) real; \
    if (!real) real = (__typeof__(real))dlsym(RTLD_NEXT, name)

#define WRAP(result, name, call, parameters, ...) \
    result name parameters { \
        REAL(result(*) parameters, #name); \
        count(call); \
        return real(__VA_ARGS__); \
    }

WRAP(int, rename, RENAME, (const char *from, const char *to), from, to)
WRAP(int, link, LINK, (const char *from, const char *to), from, to)
WRAP(int, symlink, SYMLINK, (const char *target, const char *path), target, path)
WRAP(int, unlink, UNLINK, (const char *path), path)
WRAP(int, mkdir, MKDIR, (const char *path, mode_t mode), path, mode)
WRAP(int, rmdir, RMDIR, (const char *path), path)
WRAP(int, ftruncate, FTRUNCATE, (int file, off_t size), file, size)
WRAP(int, ftruncate64, FTRUNCATE, (int file, off_t size), file, size)
WRAP(int, fsync, FSYNC, (int file), file)
WRAP(int, fdatasync, FDATASYNC, (int file), file)
WRAP(ssize_t, write, WRITE, (int file, const void *bytes, size_t size), file, bytes, size)
WRAP(ssize_t, pwrite, PWRITE, (int file, const void *bytes, size_t size, off_t at), file, bytes, size, at)
WRAP(ssize_t, pwrite64, PWRITE, (int file, const void *bytes, size_t size, off_t at), file, bytes, size, at)

static void report(void) {
    const char *path = getenv("KILL_COUNT");
    FILE *file = path ? fopen(path, "w") : NULL;
    if (!file) return;
    for (int call = 0; call < CALLS; call++) fprintf(file, "%s %ld\n", names[call], (long)calls[call]);
    fclose(file);
}

void _exit(int code) {
    REAL(void (*)(int), "_exit");
    report();
    real(code);
    __builtin_unreachable();
}
