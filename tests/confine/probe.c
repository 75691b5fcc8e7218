/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loaded into the program with LD_PRELOAD: tries, from every thread that the program starts and
 * from its first thread while it reads, what the sandbox has to refuse. Stands in for a parser that
 * has been taken over, without a line in the program for it. Results go to the descriptor that
 * OCS_PROBE_TO names, which was opened before; the file to open is OCS_PROBE_FILE.
 *
 *   one line a try:   THREAD WHAT ok|ERRNO */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void say(const char *thread, const char *what, bool done)
{
    const int failure = done ? 0 : errno;
    const char *const to = getenv("OCS_PROBE_TO");
    if (to)
        dprintf(atoi(to), "%s %s %s\n", thread, what, done ? "ok" : strerrorname_np(failure));
}

static void try_opening(const char *thread, const char *what, const char *path, int flags)
{
    const int descriptor = path ? open(path, flags, 0600) : -1;
    say(thread, what, descriptor >= 0);
    if (descriptor >= 0)
        close(descriptor);
}

static void try_sockets(const char *thread)
{
    static const struct {
        const char *name;
        int family, type;
    } kinds[] = {{"socket", AF_INET, SOCK_STREAM}, {"raw", AF_PACKET, SOCK_RAW}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; ++i) {
        const int descriptor = socket(kinds[i].family, kinds[i].type, 0);
        say(thread, kinds[i].name, descriptor >= 0);
        if (descriptor >= 0)
            close(descriptor);
    }
}

/* Where it is not refused, another program must not go on in place of this one. */
static void try_programs(const char *thread)
{
    char *const words[] = {NULL, NULL}, *const environment[] = {NULL};
    execve("/dev/null", words, environment); /* no program: EACCES if it were tried */
    say(thread, "execve", false);
    const pid_t child = fork();
    say(thread, "fork", child >= 0);
    if (child == 0)
        _exit(0);
    if (child > 0)
        waitpid(child, NULL, 0);
    /* Of a process that it does not trace: ESRCH where it is not refused. */
    say(thread, "ptrace", ptrace(PTRACE_PEEKDATA, getppid(), NULL, NULL) == 0);
}

static void try_code(const char *thread)
{
    void *const page = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    say(thread, "code", page != MAP_FAILED);
    if (page != MAP_FAILED)
        munmap(page, 4096);
}

static void try_all(const char *thread)
{
    const char *const file = getenv("OCS_PROBE_FILE");
    try_opening(thread, "read", file, O_RDONLY | O_CLOEXEC);
    try_opening(thread, "write", file, O_WRONLY | O_CLOEXEC);
    try_opening(thread, "passwords", "/etc/passwd", O_RDONLY | O_CLOEXEC);
    try_sockets(thread);
    try_programs(thread);
    try_code(thread);
    say(thread, "chmod", file && chmod(file, 0600) == 0);
}

struct start {
    void *(*run)(void *);
    void *argument;
};

static void *started(void *argument)
{
    const struct start start = *(struct start *)argument;
    free(argument);
    try_all("started");
    return start.run(start.argument);
}

int pthread_create(pthread_t *restrict thread, const pthread_attr_t *restrict attributes,
                   void *(*run)(void *), void *restrict argument)
{
    int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    void *const next = dlsym(RTLD_NEXT, "pthread_create");
    memcpy(&create, &next, sizeof next);
    struct start *const start = malloc(sizeof *start);
    if (!start)
        return EAGAIN;
    *start = (struct start){run, argument};
    return create(thread, attributes, started, start);
}

/* What the program's first thread opens last is a result, long after the threads were started. */
int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags)
{
    int (*link)(int, const char *, int, const char *, int);
    void *const next = dlsym(RTLD_NEXT, "linkat");
    memcpy(&link, &next, sizeof next);
    try_all("first");
    return link(from_folder, from, to_folder, to, flags);
}
