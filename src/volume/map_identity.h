/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_MAP_IDENTITY_H
#define OCS_MAP_IDENTITY_H

#include "identity.h"
#include "map.h"

/* By what a map that was opened as `location` is known again: its header, and what identity.h says
 * of its bytes as they are stored. Of a pipe only the header is known. */
OCS_MUST_USE enum ocs_status ocs_map_identify(const struct ocs_map *map, const char *location,
                                              struct ocs_identity *identity_ret,
                                              struct ocs_error *error);

#endif
