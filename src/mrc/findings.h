/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_FINDINGS_H
#define OCS_FINDINGS_H

/* Filling lists of findings. */

#include "header.h"

/* Adds one; a full list stays as it is. Control characters are shown as `?`. */
OCS_PRINTF(3, 4)
void ocs_find(struct ocs_findings *findings, const char *code, const char *text, ...);

/* Everything MRC2014 asks of a header whose fields and layout are in `mrc` already, dimensions,
 * byte order and length of the file aside. */
void ocs_mrc_check_header(struct ocs_mrc *mrc);

/* What stored statistics say about themselves. */
void ocs_mrc_check_stored_statistics(struct ocs_mrc *mrc);

#endif
