/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bus_guard.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

/* Read by the handler, which must not wait for a lock. start == 0: free. */
struct place {
    _Atomic uintptr_t start, end;
    atomic_bool broken;
};
_Static_assert(ATOMIC_POINTER_LOCK_FREE == 2 && ATOMIC_BOOL_LOCK_FREE == 2,
               "a signal handler may use them");

static struct place places[OCS_BUS_GUARD_MAX];
static _Atomic uintptr_t page_bytes;

static pthread_mutex_t lock =
    PTHREAD_MUTEX_INITIALIZER; /* of what follows and of changing places */
static unsigned guarded;
static bool installed;
static struct sigaction previous; /* set before the handler is installed, unchanged while it is */

/* The place that guards `address`. The mapping that was touched is live, so its place does not
 * change meanwhile; others may, and one that changes between the two looks at its start is not the
 * one sought. */
static struct place *find(uintptr_t address)
{
    for (size_t i = 0; i < OCS_BUS_GUARD_MAX; ++i) {
        struct place *const place = &places[i];
        const uintptr_t start = atomic_load(&place->start);
        if (start != 0 && address >= start && address < atomic_load(&place->end) &&
            atomic_load(&place->start) == start)
            return place;
    }
    return NULL;
}

/* One page only: what lies behind it may still be there. Marked first, so that no thread can take
 * the zeros for the file's. */
static bool mend(struct place *place, uintptr_t address)
{
    const uintptr_t size = atomic_load(&page_bytes);
    atomic_store(&place->broken, true);
    void *const page = (void *)(address & ~(size - 1));
    return mmap(page, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
           MAP_FAILED;
}

/* A fault comes again when the handler returns and then meets the default action; a signal somebody
 * sent is sent on. */
static void pass_on(int number, siginfo_t *info, void *context)
{
    const bool sent = info->si_code <= 0;
    if (previous.sa_flags & SA_SIGINFO) {
        previous.sa_sigaction(number, info, context);
    } else if (previous.sa_handler == SIG_DFL || (previous.sa_handler == SIG_IGN && !sent)) {
        signal(number, SIG_DFL);
        if (sent)
            raise(number);
    } else if (previous.sa_handler != SIG_IGN) {
        previous.sa_handler(number);
    }
}

static void on_bus_error(int number, siginfo_t *info, void *context)
{
    const int saved = errno;
    const uintptr_t address = (uintptr_t)info->si_addr;
    struct place *const place = info->si_code > 0 ? find(address) : NULL; /* else no address */
    if (!place || !mend(place, address))
        pass_on(number, info, context);
    errno = saved;
}

/* Under the lock. Returns 0 or errno. */
static int install(void)
{
    if (installed)
        return 0;
    struct sigaction ours = {.sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&ours.sa_mask);
    if (sigaction(SIGBUS, NULL, &previous) != 0 || sigaction(SIGBUS, &ours, NULL) != 0)
        return errno;
    installed = true;
    return 0;
}

/* Under the lock. When another handler was put on top of ours, that one passes its signals to ours:
 * then ours stays where it is and goes on passing to the one before. */
static void uninstall(void)
{
    struct sigaction now;
    if (sigaction(SIGBUS, NULL, &now) != 0 || !(now.sa_flags & SA_SIGINFO) ||
        now.sa_sigaction != on_bus_error)
        return;
    if (sigaction(SIGBUS, &previous, NULL) == 0)
        installed = false;
}

static int add_locked(uintptr_t start, uint64_t bytes, unsigned *place_ret)
{
    if (guarded == OCS_BUS_GUARD_MAX)
        return EMFILE;
    const int failure = install();
    if (failure)
        return failure;
    unsigned free_place = 0;
    while (atomic_load(&places[free_place].start) != 0)
        ++free_place;
    struct place *const place = &places[free_place];
    atomic_store(&place->broken, false);
    atomic_store(&place->end, start + bytes);
    atomic_store(&place->start, start);
    ++guarded;
    *place_ret = free_place;
    return 0;
}

int ocs_bus_guard_add(const void *start, uint64_t bytes, unsigned *place_ret)
{
    assert(start && bytes > 0);
    atomic_store(&page_bytes, (uintptr_t)sysconf(_SC_PAGESIZE));
    pthread_mutex_lock(&lock);
    const int failure = add_locked((uintptr_t)start, bytes, place_ret);
    pthread_mutex_unlock(&lock);
    return failure;
}

bool ocs_bus_guard_is_broken(unsigned place)
{
    return atomic_load(&places[place].broken);
}

void ocs_bus_guard_remove(unsigned place)
{
    pthread_mutex_lock(&lock);
    atomic_store(&places[place].start, 0);
    if (--guarded == 0)
        uninstall();
    pthread_mutex_unlock(&lock);
}
