/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_STORE_FOLDER_H
#define OCS_STORE_FOLDER_H

/* A store that is a folder. */

#include "store.h"

OCS_MUST_USE enum ocs_status ocs_store_folder_open(const char *path, int *folder_ret,
                                                   struct ocs_error *error);

/* One value; its key was looked at already. `path` is the folder's, for messages. */
OCS_MUST_USE enum ocs_status ocs_store_folder_get(int folder, const char *path,
                                                  struct ocs_store_get *get,
                                                  struct ocs_error *error);

#endif
