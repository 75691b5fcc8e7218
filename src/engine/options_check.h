/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_OPTIONS_CHECK_H
#define OCS_OPTIONS_CHECK_H

#include "occustream/error.h"
#include "occustream/options.h"

/* Whether `options` make sense by themselves: numbers in range, enumerations known, nothing asked
 * for that contradicts or would silently do nothing. Looks at no file. OCS_USAGE, with the error's
 * path naming the option concerned as the command line spells it. */
OCS_MUST_USE enum ocs_status ocs_options_check(const struct ocs_options *options,
                                               struct ocs_error *error);

#endif
