/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_RESOURCES_H
#define OCS_RESOURCES_H

/* What this machine gives the process. */

#include <stdint.h>

/* Half of what is free, a control group's limit counted, at most 4 GiB. */
uint64_t ocs_default_memory(void);

/* The CPUs this process may use. */
unsigned ocs_default_threads(void);

/* Peak resident size of this process so far, as the kernel counts it (VmHWM); 0 if it cannot be
 * read. */
uint64_t ocs_peak_memory(void);

#endif
