/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_SCRATCH_FOLDER_H
#define OCS_SCRATCH_FOLDER_H

#include "occustream/options.h"

/* Where scratch goes: as the options say, else $TMPDIR, else beside the results. */
const char *ocs_scratch_folder(const struct ocs_options *options);

#endif
