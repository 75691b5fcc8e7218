/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a program that uses the library is told of its confinement, each time in a child. What the
 * confinement refuses is seen by test_sandbox.py. */

#include "io/io_fixture.h"

#include "occustream/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <seccomp.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum { FINE, WRONG, NO_LANDLOCK };

static int in_child(int (*what)(void))
{
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0)
        _exit(what());
    int how;
    assert_int_equal(waitpid(child, &how, 0), child);
    return WIFEXITED(how) ? WEXITSTATUS(how) : -1;
}

static bool has_landlock(void)
{
    return syscall(SYS_landlock_create_ruleset, NULL, 0, 1) > 0;
}

/* The thread sanitizer has one of its own in every process. */
#ifdef __SANITIZE_THREAD__
static const bool has_other_threads = true;
#else
static const bool has_other_threads = false;
#endif

/* As a kernel does that was built without it. */
static bool take_landlock_away(void)
{
    const scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    const bool done = filter &&
                      seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS),
                                       (int)SYS_landlock_create_ruleset, 0) == 0 &&
                      seccomp_load(filter) == 0;
    seccomp_release(filter);
    return done;
}

static bool says(const struct ocs_confinement *confinement, const char *text)
{
    const bool found = strstr(confinement->text, text) != NULL;
    if (!found)
        fprintf(stderr, "\"%s\" is not in \"%s\"\n", text, confinement->text);
    return found;
}

static enum ocs_status confine(enum ocs_sandbox sandbox, struct ocs_confinement *confinement,
                               struct ocs_error *error)
{
    struct ocs_options options = OCS_OPTIONS_DEFAULT;
    options.map = "map.mrc";
    options.output_dir = ".";
    return ocs_confine_estimate(&options, sandbox, confinement, error);
}

/* ---- */

static int on_alone(void)
{
    struct ocs_confinement confinement;
    struct ocs_error error;
    if (!has_landlock() || has_other_threads)
        return NO_LANDLOCK;
    if (confine(OCS_SANDBOX_ON, &confinement, &error) != OCS_OK)
        return WRONG;
    const bool opens = open("/etc/passwd", O_RDONLY) >= 0 || errno != EACCES;
    return confinement.files && confinement.calls && says(&confinement, "Landlock (ABI ") &&
                   says(&confinement, "), seccomp") && !opens
               ? FINE
               : WRONG;
}

static int off(void)
{
    struct ocs_confinement confinement;
    struct ocs_error error;
    if (confine(OCS_SANDBOX_OFF, &confinement, &error) != OCS_OK)
        return WRONG;
    return !confinement.files && !confinement.calls && says(&confinement, "off") &&
                   open("/etc/passwd", O_RDONLY) >= 0
               ? FINE
               : WRONG;
}

static int auto_without_landlock(void)
{
    struct ocs_confinement confinement;
    struct ocs_error error;
    if (!take_landlock_away() || confine(OCS_SANDBOX_AUTO, &confinement, &error) != OCS_OK)
        return WRONG;
#ifdef OCS_INSTRUMENTED
    return says(&confinement, "instrumented") ? FINE : WRONG;
#else
    return !confinement.files && confinement.calls &&
                   says(&confinement, "no Landlock (not in this kernel), seccomp") &&
                   open("/etc/passwd", O_RDONLY) >= 0 && fork() < 0
               ? FINE
               : WRONG;
#endif
}

static int on_without_landlock(void)
{
    struct ocs_confinement confinement;
    struct ocs_error error;
    if (!take_landlock_away() || confine(OCS_SANDBOX_ON, &confinement, &error) != OCS_LIMIT)
        return WRONG;
    return strstr(error.what, "no Landlock (not in this kernel)") && error.advice[0] ? FINE : WRONG;
}

static void *wait_for_end(void *gate)
{
    char byte;
    return read(*(int *)gate, &byte, 1) == 0 ? NULL : gate;
}

/* Landlock would not hold for a thread from before: to say that it does would be a lie. */
static int on_among_threads(void)
{
    struct ocs_confinement confinement;
    struct ocs_error error;
    int gate[2];
    pthread_t other;
    if (pipe(gate) != 0 || pthread_create(&other, NULL, wait_for_end, &gate[0]) != 0)
        return WRONG;
    const enum ocs_status status = confine(OCS_SANDBOX_ON, &confinement, &error);
    close(gate[1]);
    pthread_join(other, NULL);
    if (!has_landlock())
        return NO_LANDLOCK;
    return status == OCS_LIMIT && !confinement.files && confinement.calls &&
                   says(&confinement, "not for threads from before")
               ? FINE
               : WRONG;
}

/* ---- */

static void expect(int (*what)(void))
{
    const int got = in_child(what);
    if (got == NO_LANDLOCK)
        skip();
    assert_int_equal(got, FINE);
}

#define SAYS(name)                                                                                 \
    static void test_##name(void **state)                                                          \
    {                                                                                              \
        (void)state;                                                                               \
        expect(name);                                                                              \
    }
SAYS(on_alone)
SAYS(off)
SAYS(auto_without_landlock)
SAYS(on_without_landlock)
SAYS(on_among_threads)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_on_alone),
        cmocka_unit_test(test_off),
        cmocka_unit_test(test_auto_without_landlock),
        cmocka_unit_test(test_on_without_landlock),
        cmocka_unit_test(test_on_among_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
