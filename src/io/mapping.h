/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_MAPPING_H
#define OCS_MAPPING_H

/* A whole file mapped for reading, whose pages may vanish under it without ending the process
 * (bus_guard.h). */

#include <stdbool.h>
#include <stdint.h>

struct ocs_mapping {
    unsigned char *start; /* NULL: nothing is mapped */
    uint64_t bytes;
    unsigned guard;
};

/* `bytes` > 0. Returns 0 or a positive errno, then nothing is mapped. */
int ocs_mapping_open(int descriptor, uint64_t bytes, struct ocs_mapping *mapping_ret);

/* Whether a page was missing when it was touched: the bytes seen there were not the file's. */
bool ocs_mapping_is_broken(const struct ocs_mapping *mapping);

/* Nothing mapped is fine. */
void ocs_mapping_close(struct ocs_mapping *mapping);

#endif
