/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCCUSTREAM_CONFINE_H
#define OCCUSTREAM_CONFINE_H

/* Giving up what reading maps and writing results does not need, before a byte of a stranger's map
 * is looked at: whatever goes wrong then can touch little.
 *
 *     struct ocs_confinement confinement;
 *     status = ocs_confine_estimate(&options, OCS_SANDBOX_AUTO, &confinement, &error);
 *     if (status == OCS_OK)
 *         status = ocs_plan_make(&options, &plan, &error);
 *
 * It confines the process of the caller, and there is no way back: programs that do other things
 * too call it in a child. The library never does so by itself.
 *
 * Two means of Linux are used:
 * - Landlock: the maps, masks and certificates named can be read, the folders for results and
 *   scratch be written, and no other file be opened. This holds for the calling thread and the
 *   threads it starts, so it is to be called before others are started.
 * - A filter of system calls (seccomp): no other program is started, no other process looked into
 *   or signalled, no socket made unless a map is behind a URL; such calls fail with EPERM. This
 *   holds for every thread.
 *
 * What is open already stays open. Relative paths, symbolic links and the environment
 * (TMPDIR, CURL_CA_BUNDLE, SSL_CERT_FILE, SSL_CERT_DIR, HOME) are looked at when it is called. */

#include "occustream/convert.h"
#include "occustream/error.h"
#include "occustream/options.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

enum ocs_sandbox {
    OCS_SANDBOX_AUTO, /* whatever the kernel has; nothing in instrumented builds            */
    OCS_SANDBOX_ON,   /* both means, or fail                                                */
    OCS_SANDBOX_OFF,
};

/* What was reached. */
struct ocs_confinement {
    bool files; /* by Landlock, for every thread                                           */
    bool calls;
    char text[160]; /* "Landlock (ABI 3), seccomp", or what is missing and why              */
};

/* For ocs_plan_make and ocs_run with these options. OCS_LIMIT when OCS_SANDBOX_ON cannot be. After
 * a failure the process may be confined in part. */
OCS_MUST_USE enum ocs_status ocs_confine_estimate(const struct ocs_options *options,
                                                  enum ocs_sandbox sandbox,
                                                  struct ocs_confinement *confinement_ret,
                                                  struct ocs_error *error);

/* For ocs_convert_plan_make and ocs_convert_run. */
OCS_MUST_USE enum ocs_status ocs_confine_convert(const struct ocs_convert_options *options,
                                                 enum ocs_sandbox sandbox,
                                                 struct ocs_confinement *confinement_ret,
                                                 struct ocs_error *error);

/* The same for ocs_info_read of these files. */
OCS_MUST_USE enum ocs_status ocs_confine_info(const char *const *files, size_t file_count,
                                              enum ocs_sandbox sandbox,
                                              struct ocs_confinement *confinement_ret,
                                              struct ocs_error *error);

#ifdef __cplusplus
}
#endif
#endif
