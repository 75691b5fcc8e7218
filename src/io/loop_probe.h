/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_LOOP_PROBE_H
#define OCS_LOOP_PROBE_H

/* libuv ends the process when there are no descriptors for its first loop or no threads for its
 * pool. So what it is about to take is taken and given back before, where a failure can be told.
 * Returns 0 or a negative errno, as libuv does. */
int ocs_loop_probe(void);

#endif
