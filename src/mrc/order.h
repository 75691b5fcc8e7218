/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_ORDER_H
#define OCS_ORDER_H

/* Which byte order a header is in. */

#include "fields.h"

/* What the machine stamp says; OCS_ORDER_UNKNOWN when it is none of the known stamps. */
enum ocs_byte_order ocs_mrc_stamped_order(const struct ocs_mrc_header *header);

/* What dimensions, mode and axes say, which are right where stamps are wrong; the stamp only breaks
 * a tie. Never unknown. Whether the header makes sense in that order is for the caller to see. */
enum ocs_byte_order ocs_mrc_believable_order(const unsigned char bytes[OCS_MRC_HEADER_BYTES]);

#endif
