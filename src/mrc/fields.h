/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_FIELDS_H
#define OCS_FIELDS_H

/* Where each field of the MRC header stands, and moving all of them. */

#include "header.h"

enum ocs_byte_order { OCS_ORDER_LITTLE, OCS_ORDER_BIG, OCS_ORDER_UNKNOWN };

/* "little-endian", "big-endian" or "no byte order". */
const char *ocs_byte_order_name(enum ocs_byte_order order);

/* Whether numbers in `order` have to be turned round on this machine. */
bool ocs_byte_order_swapped(enum ocs_byte_order order);

/* Reads every field, taking numbers to be in `order`. */
void ocs_mrc_unpack(const unsigned char bytes[OCS_MRC_HEADER_BYTES], enum ocs_byte_order order,
                    struct ocs_mrc_header *header_ret);

#endif
