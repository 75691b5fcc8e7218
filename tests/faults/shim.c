/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes one call of a program to the system fail: preloaded (LD_PRELOAD), it takes the place of the
 * C library's wrappers, for the program and for the libraries it is linked to. Calls that may fail
 * in the wanted way are counted; the one whose turn it is fails, the others are made. It is told by
 * the environment:
 *
 *   FAULT_KIND   EIO, ENOSPC, EMFILE, EINTR, short (half of the bytes are moved), or ENOMEM
 *   FAULT_AT     the number of the call that fails, from 1; 0: none, calls are only counted
 *   FAULT_ALL    set: all calls from that one on fail, but for renaming
 *   FAULT_LOG    a file: "failed CALL" when a call failed, "counted N" at the end
 *   FAULT_SITES  set: also "site N PLACE" for each call that is counted; PLACE tells from where in
 *                the program it came
 *   FAULT_DENY   letters; t: no files without a name (O_TMPFILE), x: names cannot be exchanged
 *                (RENAME_EXCHANGE), n: renaming replaces always (RENAME_NOREPLACE),
 *                f: no fallocate; as on file systems that have no such thing
 *
 * Left alone are looks at pipes, what goes through folders to remove them, descriptors that no
 * file, pipe or device was opened for (event loops talk to themselves through such), and what
 * libraries allocate that end the process when memory is refused (libuv, FFTW, libseccomp, and the
 * first block of a call of libblosc). Calls inside the C library itself are not seen.
 */

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXPORTED __attribute__((visibility("default")))
#define CALLER ((uintptr_t)__builtin_return_address(0))

enum { DESCRIPTORS = 1024, UNTOUCHED = 16, FRAMES = 10, OWN_FRAMES = 3 };

/* In which ways a call can fail. */
enum {
    CAN_EIO = 1,
    CAN_ENOSPC = 2,
    CAN_EMFILE = 4,
    CAN_EINTR = 8,
    CAN_SHORT = 16,
    CAN_ENOMEM = 32
};
static const struct {
    const char *name;
    unsigned bit;
    int code;
} kinds[] = {
    {"EIO", CAN_EIO, EIO},       {"ENOSPC", CAN_ENOSPC, ENOSPC}, {"EMFILE", CAN_EMFILE, EMFILE},
    {"EINTR", CAN_EINTR, EINTR}, {"short", CAN_SHORT, 0},        {"ENOMEM", CAN_ENOMEM, ENOMEM},
};

static unsigned kind;
static int code;
static unsigned long fail_at;
static bool fail_all, tells_sites;
static const char *deny = "";
static int log_descriptor = -1;
static atomic_ulong counted;
static atomic_bool opened[DESCRIPTORS];

static struct range {
    uintptr_t from, to;
} untouched[UNTOUCHED];
static size_t untouched_count;

/* ---- whose turn it is ---- */

static void say(const char *word, const char *what, unsigned long number)
{
    char line[100];
    const int length = what ? snprintf(line, sizeof line, "%s %s\n", word, what)
                            : snprintf(line, sizeof line, "%s %lu\n", word, number);
    syscall(SYS_write, log_descriptor, line, (size_t)length);
}

/* The callers, but for those in this file, which are the same for all. */
static void tell_site(unsigned long n)
{
    static _Thread_local bool inside;
    if (inside) /* what looks at the stack may call, too */
        return;
    inside = true;
    void *frames[FRAMES];
    const int count = backtrace(frames, FRAMES);
    inside = false;
    uintptr_t place = 0;
    for (int i = OWN_FRAMES; i < count; ++i)
        place = place * 31 + (uintptr_t)frames[i];
    char line[64];
    syscall(SYS_write, log_descriptor, line,
            (size_t)snprintf(line, sizeof line, "site %lu %lx\n", n, (unsigned long)place));
}

static bool must_fail(const char *call, unsigned ways)
{
    if (!(ways & kind))
        return false;
    const unsigned long n = atomic_fetch_add(&counted, 1) + 1;
    if (tells_sites)
        tell_site(n);
    if (fail_at == 0 || (fail_all ? n < fail_at : n != fail_at))
        return false;
    say("failed", call, 0);
    errno = code;
    return true;
}

/* How many of `count` bytes are moved: 0, with errno, when the call fails. A call for no bytes is
 * left alone. */
static size_t allowed(const char *call, int descriptor, size_t count, unsigned ways)
{
    if (descriptor < 0 || descriptor >= DESCRIPTORS || !opened[descriptor] || count == 0 ||
        !must_fail(call, count > 1 ? ways : ways & ~(unsigned)CAN_SHORT))
        return count;
    return kind == CAN_SHORT ? count / 2 : 0;
}

/* ---- setting up ---- */

static int note_untouched(struct dl_phdr_info *info, size_t size, void *user)
{
    (void)size, (void)user;
    static const char *const names[] = {"/libuv.",   "/libfftw3", "/ld-linux",
                                        "/libasan.", "/libtsan.", "/libseccomp."};
    static bool sanitized; /* then the C library's own are the sanitizer's, who gives up without */
    sanitized = sanitized || strstr(info->dlpi_name, "/libasan.");
    const size_t count = sizeof names / sizeof *names;
    for (size_t i = 0; i < count; ++i)
        if ((strstr(info->dlpi_name, names[i]) ||
             (i == 0 && sanitized && strstr(info->dlpi_name, "/libc."))) &&
            untouched_count < UNTOUCHED) {
            const ElfW(Phdr) *const last = &info->dlpi_phdr[info->dlpi_phnum - 1];
            uintptr_t end = info->dlpi_addr;
            for (const ElfW(Phdr) *part = info->dlpi_phdr; part <= last; ++part)
                if (part->p_type == PT_LOAD &&
                    info->dlpi_addr + part->p_vaddr + part->p_memsz > end)
                    end = info->dlpi_addr + part->p_vaddr + part->p_memsz;
            untouched[untouched_count++] = (struct range){info->dlpi_addr, end};
        }
    return 0;
}

/* The leak detector, where there is one, knows the dynamic linker's blocks by who asks for them:
 * with this file between them it would report those for the library that is loaded here. */
extern void __lsan_disable(void) __attribute__((weak));
extern void __lsan_enable(void) __attribute__((weak));

static void load_backtrace(void)
{
    void *frame;
    if (__lsan_disable)
        __lsan_disable();
    backtrace(&frame, 1);
    if (__lsan_enable)
        __lsan_enable();
}

__attribute__((constructor)) static void set_up(void)
{
    const char *const name = getenv("FAULT_KIND"), *const at = getenv("FAULT_AT"),
                      *const log = getenv("FAULT_LOG"), *const denied = getenv("FAULT_DENY");
    dl_iterate_phdr(note_untouched, NULL);
    opened[0] = opened[1] = true;
    fail_all = getenv("FAULT_ALL") != NULL;
    load_backtrace();
    fail_at = at ? strtoul(at, NULL, 10) : 0;
    deny = denied ? denied : "";
    if (log) {
        const long given =
            syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        log_descriptor = (int)syscall(SYS_fcntl, given, F_DUPFD_CLOEXEC, DESCRIPTORS / 2);
        syscall(SYS_close, given);
    }
    for (size_t i = 0; name && i < sizeof kinds / sizeof *kinds; ++i)
        if (strcmp(name, kinds[i].name) == 0) {
            code = kinds[i].code;
            kind = kinds[i].bit;
        }
    tells_sites = getenv("FAULT_SITES") != NULL;
}

__attribute__((destructor)) static void report(void)
{
    say("counted", NULL, counted);
}

static bool is_untouched(uintptr_t caller)
{
    for (size_t i = 0; i < untouched_count; ++i)
        if (caller >= untouched[i].from && caller < untouched[i].to)
            return true;
    return false;
}

/* ---- opening and closing ---- */

static int open_at(const char *call, int folder, const char *path, int flags, mode_t mode)
{
    const bool makes = (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;
    if ((flags & O_TMPFILE) == O_TMPFILE && strchr(deny, 't')) {
        errno = EOPNOTSUPP;
        return -1;
    }
    const bool removes = (flags & O_DIRECTORY) && (flags & O_NOFOLLOW);
    if (!removes && must_fail(call, CAN_EIO | CAN_EMFILE | CAN_EINTR | (makes ? CAN_ENOSPC : 0)))
        return -1;
    const int descriptor = (int)syscall(SYS_openat, folder, path, flags, mode);
    if (descriptor >= 0 && descriptor < DESCRIPTORS)
        opened[descriptor] = true;
    return descriptor;
}

static mode_t mode_in(va_list arguments, int flags)
{
    const bool makes = (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;
    return makes ? (mode_t)va_arg(arguments, int) : 0;
}

#define DEFINE_OPEN(name)                                                                          \
    EXPORTED int name(const char *path, int flags, ...)                                            \
    {                                                                                              \
        va_list arguments;                                                                         \
        va_start(arguments, flags);                                                                \
        const mode_t mode = mode_in(arguments, flags);                                             \
        va_end(arguments);                                                                         \
        return open_at("open", AT_FDCWD, path, flags, mode);                                       \
    }
DEFINE_OPEN(open)
DEFINE_OPEN(open64)

#define DEFINE_OPENAT(name)                                                                        \
    EXPORTED int name(int folder, const char *path, int flags, ...)                                \
    {                                                                                              \
        va_list arguments;                                                                         \
        va_start(arguments, flags);                                                                \
        const mode_t mode = mode_in(arguments, flags);                                             \
        va_end(arguments);                                                                         \
        return open_at("openat", folder, path, flags, mode);                                       \
    }
DEFINE_OPENAT(openat)
DEFINE_OPENAT(openat64)

/* With _FORTIFY_SOURCE, opens without a mode go there. */
EXPORTED int __open_2(const char *path, int flags);
EXPORTED int __open64_2(const char *path, int flags);
EXPORTED int __openat_2(int folder, const char *path, int flags);
EXPORTED int __openat64_2(int folder, const char *path, int flags);

EXPORTED int __open_2(const char *path, int flags)
{
    return open_at("open", AT_FDCWD, path, flags, 0);
}

EXPORTED int __open64_2(const char *path, int flags)
{
    return open_at("open", AT_FDCWD, path, flags, 0);
}

EXPORTED int __openat_2(int folder, const char *path, int flags)
{
    return open_at("openat", folder, path, flags, 0);
}

EXPORTED int __openat64_2(int folder, const char *path, int flags)
{
    return open_at("openat", folder, path, flags, 0);
}

EXPORTED int close(int descriptor)
{
    if (descriptor >= 0 && descriptor < DESCRIPTORS)
        opened[descriptor] = false;
    return (int)syscall(SYS_close, descriptor);
}

/* Only doubling is counted. */
#define DEFINE_FCNTL(name)                                                                         \
    EXPORTED int name(int descriptor, int command, ...)                                            \
    {                                                                                              \
        va_list arguments;                                                                         \
        va_start(arguments, command);                                                              \
        void *const argument = va_arg(arguments, void *);                                          \
        va_end(arguments);                                                                         \
        const bool doubles = command == F_DUPFD_CLOEXEC || command == F_DUPFD;                     \
        if (doubles && must_fail("fcntl", CAN_EMFILE))                                             \
            return -1;                                                                             \
        const int result = (int)syscall(SYS_fcntl, descriptor, command, argument);                 \
        if (doubles && result >= 0 && result < DESCRIPTORS)                                        \
            opened[result] = true;                                                                 \
        return result;                                                                             \
    }
DEFINE_FCNTL(fcntl)
DEFINE_FCNTL(fcntl64)

/* ---- moving bytes ---- */

enum { CAN_READ = CAN_EIO | CAN_EINTR | CAN_SHORT, CAN_WRITE = CAN_READ | CAN_ENOSPC };

/* libuv takes less than all there is in a pipe, when the other end is closed, for the end. It may:
 * Linux gives all there is. */
EXPORTED ssize_t read(int descriptor, void *buffer, size_t count)
{
    const unsigned ways = is_untouched(CALLER) ? CAN_EIO | CAN_EINTR : CAN_READ;
    const size_t most = allowed("read", descriptor, count, ways);
    return most || !count ? syscall(SYS_read, descriptor, buffer, most) : -1;
}

EXPORTED ssize_t write(int descriptor, const void *buffer, size_t count)
{
    const size_t most = allowed("write", descriptor, count, CAN_WRITE);
    return most || !count ? syscall(SYS_write, descriptor, buffer, most) : -1;
}

#define DEFINE_PREAD(name)                                                                         \
    EXPORTED ssize_t name(int descriptor, void *buffer, size_t count, off_t offset)                \
    {                                                                                              \
        const size_t most = allowed("pread", descriptor, count, CAN_READ);                         \
        return most || !count ? syscall(SYS_pread64, descriptor, buffer, most, offset) : -1;       \
    }
DEFINE_PREAD(pread)
DEFINE_PREAD(pread64)

#define DEFINE_PWRITE(name)                                                                        \
    EXPORTED ssize_t name(int descriptor, const void *buffer, size_t count, off_t offset)          \
    {                                                                                              \
        const size_t most = allowed("pwrite", descriptor, count, CAN_WRITE);                       \
        return most || !count ? syscall(SYS_pwrite64, descriptor, buffer, most, offset) : -1;      \
    }
DEFINE_PWRITE(pwrite)
DEFINE_PWRITE(pwrite64)

EXPORTED ssize_t getrandom(void *buffer, size_t count, unsigned flags)
{
    return must_fail("getrandom", CAN_EINTR) ? -1 : syscall(SYS_getrandom, buffer, count, flags);
}

/* ---- files and names ---- */

#define DEFINE_FALLOCATE(name)                                                                     \
    EXPORTED int name(int descriptor, int mode, off_t offset, off_t count)                         \
    {                                                                                              \
        if (strchr(deny, 'f')) {                                                                   \
            errno = EOPNOTSUPP;                                                                    \
            return -1;                                                                             \
        }                                                                                          \
        return must_fail("fallocate", CAN_EIO | CAN_ENOSPC | CAN_EINTR)                            \
                   ? -1                                                                            \
                   : (int)syscall(SYS_fallocate, descriptor, mode, offset, count);                 \
    }
DEFINE_FALLOCATE(fallocate)
DEFINE_FALLOCATE(fallocate64)

#define DEFINE_TRUNCATE(name)                                                                      \
    EXPORTED int name(int descriptor, off_t count)                                                 \
    {                                                                                              \
        return must_fail("ftruncate", CAN_EIO | CAN_EINTR)                                         \
                   ? -1                                                                            \
                   : (int)syscall(SYS_ftruncate, descriptor, count);                               \
    }
DEFINE_TRUNCATE(ftruncate)
DEFINE_TRUNCATE(ftruncate64)

#define DEFINE_SYNC(name)                                                                          \
    EXPORTED int name(int descriptor)                                                              \
    {                                                                                              \
        return must_fail(#name, CAN_EIO | CAN_ENOSPC | CAN_EINTR)                                  \
                   ? -1                                                                            \
                   : (int)syscall(SYS_##name, descriptor);                                         \
    }
DEFINE_SYNC(fsync)
DEFINE_SYNC(fdatasync)
DEFINE_SYNC(syncfs)

EXPORTED int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags)
{
    return must_fail("linkat", CAN_EIO | CAN_ENOSPC)
               ? -1
               : (int)syscall(SYS_linkat, from_folder, from, to_folder, to, flags);
}

EXPORTED int renameat2(int from_folder, const char *from, int to_folder, const char *to,
                       unsigned flags)
{
    enum { NOREPLACE = 1, EXCHANGE = 2 };
    if (((flags & NOREPLACE) && strchr(deny, 'n')) || ((flags & EXCHANGE) && strchr(deny, 'x'))) {
        errno = EINVAL;
        return -1;
    }
    return !fail_all && must_fail("renameat2", CAN_EIO | CAN_ENOSPC)
               ? -1
               : (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, flags);
}

EXPORTED int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
    return renameat2(from_folder, from, to_folder, to, 0);
}

EXPORTED int rename(const char *from, const char *to)
{
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0);
}

EXPORTED int mkdirat(int folder, const char *path, mode_t mode)
{
    return must_fail("mkdirat", CAN_EIO | CAN_ENOSPC)
               ? -1
               : (int)syscall(SYS_mkdirat, folder, path, mode);
}

EXPORTED int mkdir(const char *path, mode_t mode)
{
    return mkdirat(AT_FDCWD, path, mode);
}

static int stat_at(const char *call, int folder, const char *path, struct stat *about, int flags)
{
    const int result = (int)syscall(SYS_newfstatat, folder, path, about, flags);
    const bool is_pipe = result == 0 && S_ISFIFO(about->st_mode);
    return !is_pipe && must_fail(call, CAN_EIO) ? -1 : result;
}

#define DEFINE_STATS(stat_type, suffix)                                                            \
    EXPORTED int stat##suffix(const char *path, struct stat_type *about)                           \
    {                                                                                              \
        return stat_at("stat", AT_FDCWD, path, (struct stat *)(void *)about, 0);                   \
    }                                                                                              \
    EXPORTED int fstat##suffix(int descriptor, struct stat_type *about)                            \
    {                                                                                              \
        return stat_at("fstat", descriptor, "", (struct stat *)(void *)about, AT_EMPTY_PATH);      \
    }                                                                                              \
    EXPORTED int fstatat##suffix(int folder, const char *path, struct stat_type *about, int flags) \
    {                                                                                              \
        return stat_at("fstatat", folder, path, (struct stat *)(void *)about, flags);              \
    }
DEFINE_STATS(stat, )
DEFINE_STATS(stat64, 64)

/* ---- what needs the next library's own ---- */

#define NEXT(name)                                                                                 \
    static __typeof__(name) *next;                                                                 \
    if (!next)                                                                                     \
    *(void **)(void *)&next = dlsym(RTLD_NEXT, #name)

EXPORTED int fstatvfs(int descriptor, struct statvfs *about)
{
    NEXT(fstatvfs);
    return must_fail("fstatvfs", CAN_EIO | CAN_EINTR) ? -1 : next(descriptor, about);
}

/* ---- memory ---- */

#define DEFINE_MMAP(name)                                                                          \
    EXPORTED void *name(void *where, size_t bytes, int protection, int flags, int descriptor,      \
                        off_t offset)                                                              \
    {                                                                                              \
        if (!is_untouched(CALLER) && must_fail("mmap", CAN_ENOMEM))                                \
            return MAP_FAILED;                                                                     \
        return (void *)syscall(SYS_mmap, where, bytes, protection, flags, descriptor, offset);     \
    }
DEFINE_MMAP(mmap)
DEFINE_MMAP(mmap64)

static _Thread_local bool lists_folder;

static bool heap_fails(const char *call, uintptr_t caller)
{
    return kind == CAN_ENOMEM && !lists_folder && !is_untouched(caller) &&
           must_fail(call, CAN_ENOMEM);
}

EXPORTED DIR *fdopendir(int descriptor)
{
    NEXT(fdopendir);
    lists_folder = true;
    DIR *const folder = next(descriptor);
    lists_folder = false;
    return folder;
}

EXPORTED void *malloc(size_t bytes)
{
    NEXT(malloc);
    return heap_fails("malloc", CALLER) ? NULL : next(bytes);
}

EXPORTED void *calloc(size_t count, size_t bytes)
{
    NEXT(calloc);
    return heap_fails("calloc", CALLER) ? NULL : next(count, bytes);
}

EXPORTED void *realloc(void *block, size_t bytes)
{
    NEXT(realloc);
    return heap_fails("realloc", CALLER) ? NULL : next(block, bytes);
}

EXPORTED void *aligned_alloc(size_t alignment, size_t bytes)
{
    NEXT(aligned_alloc);
    return heap_fails("aligned_alloc", CALLER) ? NULL : next(alignment, bytes);
}

/* Loaded only when it is needed. */
static bool is_of_blosc(uintptr_t caller)
{
    Dl_info place;
    return dladdr((const void *)caller, &place) && place.dli_fname &&
           strstr(place.dli_fname, "/libblosc.");
}

EXPORTED int posix_memalign(void **block, size_t alignment, size_t bytes)
{
    NEXT(posix_memalign);
    return !is_of_blosc(CALLER) && heap_fails("posix_memalign", CALLER)
               ? ENOMEM
               : next(block, alignment, bytes);
}

EXPORTED char *strdup(const char *text)
{
    NEXT(strdup);
    return heap_fails("strdup", CALLER) ? NULL : next(text);
}
