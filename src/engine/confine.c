/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "occustream/confine.h"

#include "blosc_library.h"
#include "convert_plan.h"
#include "fail.h"
#include "http.h"
#include "landlock.h"
#include "location.h"
#include "results.h"
#include "scratch_folder.h"
#include "store.h"
#include "syscalls.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

/* What a process wants to touch. */
struct wishes {
    const char *const *maps; /* paths and URLs; NULL among them means nothing              */
    size_t map_count;
    const char *results, *scratch; /* folders, may be NULL                                  */
    bool network;                  /* some map is behind a URL                              */
    bool blosc;                    /* chunks in blosc may come or go                        */
};

/* ---- files ---- */

/* How much memory and how many CPUs there are, and how much memory was taken. */
static const char *const of_the_machine[] = {"/proc/meminfo", "/proc/self/status",
                                             "/proc/self/cgroup", "/sys/fs/cgroup",
                                             "/sys/devices/system/cpu"};

/* How names of hosts become addresses, with the libraries that do it, and the certificates. */
static const char *const of_the_network[] = {"/etc/resolv.conf",
                                             "/etc/hosts",
                                             "/etc/nsswitch.conf",
                                             "/etc/host.conf",
                                             "/etc/gai.conf",
                                             "/etc/services",
                                             "/etc/protocols",
                                             "/etc/networks",
                                             "/etc/localtime",
                                             "/etc/ld.so.cache",
                                             "/etc/ssl",
                                             "/etc/pki",
                                             "/etc/ca-certificates",
                                             "/etc/crypto-policies",
                                             "/usr/share/ca-certificates",
                                             "/usr/local/share/ca-certificates",
                                             "/usr/share/zoneinfo",
                                             "/run/systemd/resolve",
                                             "/run/resolvconf",
                                             "/run/NetworkManager",
                                             "/lib",
                                             "/lib64",
                                             "/usr/lib",
                                             "/usr/lib64",
                                             "/usr/local/lib",
                                             "/dev/urandom"};

static int grant_all(const struct ocs_landlock *landlock, const char *const *paths, size_t count)
{
    int failure = 0;
    for (size_t i = 0; i < count && !failure; ++i)
        failure = ocs_landlock_grant(landlock, paths[i], OCS_GRANT_READ);
    return failure;
}

/* An array of a store is described in the folder above: its text, and nothing else there. */
static int grant_image(const struct ocs_landlock *landlock, const char *path)
{
    static const char *const names[] = {".zattrs", ".zarray", "zarr.json"};
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        --length;
    while (length > 0 && path[length - 1] != '/')
        --length;
    int failure = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0] && !failure; ++i) {
        char text[4096];
        const int written = snprintf(text, sizeof text, "%.*s%s", (int)length, path, names[i]);
        if (written > 0 && (size_t)written < sizeof text)
            failure = ocs_landlock_grant(landlock, text, OCS_GRANT_READ);
    }
    return failure;
}

static int grant_maps(const struct ocs_landlock *landlock, const struct wishes *wishes)
{
    int failure = 0;
    for (size_t i = 0; i < wishes->map_count && !failure; ++i) {
        const char *path = wishes->maps[i];
        if (!path || ocs_location_kind(path) != OCS_LOCATION_PATH)
            continue;
        if (strcmp(path, "-") == 0)
            path = "/proc/self/fd/0"; /* a pipe with a name is opened once more */
        failure = ocs_landlock_grant(landlock, path, OCS_GRANT_READ);
        if (!failure && ocs_store_is_location(path))
            failure = grant_image(landlock, path);
    }
    return failure;
}

static int grant_certificates(const struct ocs_landlock *landlock)
{
    static const char *const names[] = {"CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"};
    int failure = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0] && !failure; ++i) {
        const char *const path = getenv(names[i]);
        if (path && *path)
            failure = ocs_landlock_grant(landlock, path, OCS_GRANT_READ);
    }
    return failure;
}

static int grant_passwords(const struct ocs_landlock *landlock)
{
    char path[4096];
    const char *const home = getenv("HOME");
    const int length = home ? snprintf(path, sizeof path, "%s/.netrc", home) : -1;
    const bool whole = length > 0 && (size_t)length < sizeof path;
    return whole ? ocs_landlock_grant(landlock, path, OCS_GRANT_READ) : 0;
}

static int grant_network(const struct ocs_landlock *landlock)
{
    int failure =
        grant_all(landlock, of_the_network, sizeof of_the_network / sizeof of_the_network[0]);
    if (!failure)
        failure = grant_certificates(landlock);
    return failure ? failure : grant_passwords(landlock);
}

static int grant_wishes(const struct ocs_landlock *landlock, const struct wishes *wishes)
{
    int failure =
        grant_all(landlock, of_the_machine, sizeof of_the_machine / sizeof of_the_machine[0]);
    if (!failure)
        failure = grant_maps(landlock, wishes);
    if (!failure && wishes->results)
        failure = ocs_landlock_grant(landlock, wishes->results, OCS_GRANT_WRITE);
    if (!failure && wishes->scratch)
        failure = ocs_landlock_grant(landlock, wishes->scratch, OCS_GRANT_WRITE);
    if (!failure && wishes->network)
        failure = grant_network(landlock);
    return failure;
}

static int restrict_files(const struct wishes *wishes, unsigned *abi_ret)
{
    struct ocs_landlock landlock;
    int failure = ocs_landlock_create(wishes->network, &landlock);
    if (failure)
        return failure;
    failure = grant_wishes(&landlock, wishes);
    if (!failure)
        failure = ocs_landlock_enforce(&landlock);
    ocs_landlock_destroy(&landlock);
    *abi_ret = landlock.abi;
    return failure;
}

/* ---- both ---- */

static const char *reason(int failure)
{
    return failure == ENOSYS || failure == EOPNOTSUPP ? "not in this kernel" : strerror(failure);
}

/* The folder of a process's threads has a link from each of them, and two more. */
static bool has_other_threads(void)
{
    struct stat about;
    return stat("/proc/self/task", &about) == 0 && about.st_nlink > 3;
}

static void describe(struct ocs_confinement *confinement, int no_files, unsigned abi,
                     bool other_threads, int no_calls)
{
    char files[80], calls[70];
    if (no_files)
        snprintf(files, sizeof files, "no Landlock (%.50s)", reason(no_files));
    else
        snprintf(files, sizeof files, "Landlock (ABI %u%s)", abi,
                 other_threads ? ", not for threads from before" : "");
    snprintf(calls, sizeof calls, no_calls ? "no seccomp (%.50s)" : "seccomp",
             no_calls ? reason(no_calls) : "");
    confinement->files = !no_files && !other_threads;
    confinement->calls = !no_calls;
    snprintf(confinement->text, sizeof confinement->text, "%s, %s", files, calls);
}

/* Libraries that are loaded when they are needed are needed now: later they could not be read. What
 * is missing shows when it is used. */
static void load_libraries(const struct wishes *wishes)
{
    struct ocs_blosc blosc;
    struct ocs_error error;
    if (wishes->network)
        ocs_http_prepare();
    if (wishes->blosc && ocs_blosc_load(&blosc, &error) != OCS_OK)
        return;
}

static void restrict_all(const struct wishes *wishes, struct ocs_confinement *confinement)
{
    const bool other_threads = has_other_threads();
    unsigned abi = 0;
    load_libraries(wishes);
    int no_files = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? 0 : errno, no_calls = no_files;
    if (!no_files)
        no_files = restrict_files(wishes, &abi);
    if (!no_calls)
        no_calls = ocs_syscalls_restrict(wishes->network);
    describe(confinement, no_files, abi, other_threads, no_calls);
}

/* What sanitizers and profilers do at the end is not what the program does. */
static bool is_left_out(enum ocs_sandbox sandbox, struct ocs_confinement *confinement)
{
    const char *why = sandbox == OCS_SANDBOX_OFF ? "off" : NULL;
#ifdef OCS_INSTRUMENTED
    if (sandbox == OCS_SANDBOX_AUTO)
        why = "off in this instrumented build";
#endif
    if (why)
        snprintf(confinement->text, sizeof confinement->text, "%s", why);
    return why != NULL;
}

static enum ocs_status confine(struct wishes *wishes, enum ocs_sandbox sandbox,
                               struct ocs_confinement *confinement, struct ocs_error *error)
{
    *confinement = (struct ocs_confinement){0};
    if (is_left_out(sandbox, confinement))
        return OCS_OK;
    for (size_t i = 0; i < wishes->map_count; ++i) {
        if (wishes->maps[i] && ocs_location_kind(wishes->maps[i]) != OCS_LOCATION_PATH)
            wishes->network = true;
        if (wishes->maps[i] && ocs_store_is_location(wishes->maps[i]))
            wishes->blosc = true; /* its chunks may be in anything */
    }
    restrict_all(wishes, confinement);
    if (sandbox == OCS_SANDBOX_AUTO || (confinement->files && confinement->calls))
        return OCS_OK;
    ocs_fail(error, OCS_LIMIT, "confining", NULL, "the sandbox is not complete: %s",
             confinement->text);
    ocs_advise(error, "--sandbox auto takes what there is");
    return OCS_LIMIT;
}

enum ocs_status ocs_confine_estimate(const struct ocs_options *options, enum ocs_sandbox sandbox,
                                     struct ocs_confinement *confinement_ret,
                                     struct ocs_error *error)
{
    const char *const maps[] = {options->map, options->solvent_def, options->target_mask,
                                options->labels};
    const bool to_pipe = ocs_results_is_standard_output(options->output_dir);
    struct wishes wishes = {
        .maps = maps,
        .map_count = sizeof maps / sizeof maps[0],
        .results = to_pipe ? NULL : options->output_dir,
        .scratch = ocs_scratch_folder(options),
        .blosc = options->codec == OCS_ZARR_CODEC_BLOSC,
    };
    return confine(&wishes, sandbox, confinement_ret, error);
}

enum ocs_status ocs_confine_convert(const struct ocs_convert_options *options,
                                    enum ocs_sandbox sandbox,
                                    struct ocs_confinement *confinement_ret,
                                    struct ocs_error *error)
{
    char folder[OCS_REPORT_PATH];
    struct ocs_options common = options->common;
    ocs_convert_folder(options->out, folder);
    common.output_dir = ocs_results_is_standard_output(options->out) ? "-" : folder;
    common.solvent_def = common.target_mask = common.labels = NULL;
    return ocs_confine_estimate(&common, sandbox, confinement_ret, error);
}

enum ocs_status ocs_confine_info(const char *const *files, size_t file_count,
                                 enum ocs_sandbox sandbox, struct ocs_confinement *confinement_ret,
                                 struct ocs_error *error)
{
    struct wishes wishes = {.maps = files, .map_count = file_count};
    return confine(&wishes, sandbox, confinement_ret, error);
}
