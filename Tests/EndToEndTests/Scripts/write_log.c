// Preloaded into a process: WRITE_LOG names a file that gets a line for each call that decides what a power failure leaves,
// in their order: "write PATH" before it, "sync PATH" after it has succeeded, "rename FROM TO" before it. A write to a
// manifest.ndjson has its text behind a tab.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static void put(const char *text, size_t length) {
    const char *path = getenv("WRITE_LOG");
    if (!path) return;
    int log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log < 0) abort();
    if (syscall(SYS_write, log, text, length) != (ssize_t)length) abort();
    close(log);
}

static void note(const char *call, int file, const char *bytes, size_t size) {
    char link[64], line[16384];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    int length = snprintf(line, sizeof line, "%s ", call);
    ssize_t path = readlink(link, line + length, 4096);
    // Pipes, sockets and terminals have no path.
    if (path <= 0 || line[length] != '/') return;
    length += path;
    const char *name = "/manifest.ndjson";
    if (bytes && (size_t)path > strlen(name) && memcmp(line + length - strlen(name), name, strlen(name)) == 0) {
        line[length++] = '\t';
        for (size_t i = 0; i < size && length < (int)sizeof line - 1; i++)
            line[length++] = bytes[i] == '\n' ? '\t' : bytes[i];
    }
    line[length++] = '\n';
    put(line, length);
}

#define REAL(type, name) \
    static __typeof__(type) real; \
    if (!real) real = (__typeof__(real))dlsym(RTLD_NEXT, name)

#define WRITE(name, parameters, ...) \
    ssize_t name parameters { \
        REAL(ssize_t(*) parameters, #name); \
        note("write", file, bytes, size); \
        return real(__VA_ARGS__); \
    }

WRITE(write, (int file, const void *bytes, size_t size), file, bytes, size)
WRITE(pwrite, (int file, const void *bytes, size_t size, off_t at), file, bytes, size, at)
WRITE(pwrite64, (int file, const void *bytes, size_t size, off_t at), file, bytes, size, at)

#define SYNC(name) \
    int name(int file) { \
        REAL(int (*)(int), #name); \
        int result = real(file); \
        if (result == 0) note("sync", file, NULL, 0); \
        return result; \
    }

SYNC(fsync)
SYNC(fdatasync)

// The folder of a name is there; the name may not be, or be a link.
static int place(char *out, size_t room, const char *path) {
    char folder[4096];
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
    char *here = realpath(folder, NULL);
    int length = snprintf(out, room, " %s/%s", here ? here : folder, name);
    free(here);
    return length;
}

int rename(const char *from, const char *to) {
    REAL(int (*)(const char *, const char *), "rename");
    char line[16384] = "rename";
    int length = strlen(line);
    length += place(line + length, 8000, from);
    length += place(line + length, 8000, to);
    line[length++] = '\n';
    put(line, length);
    return real(from, to);
}
