/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_ZSTD_LIBRARY_H
#define OCS_ZSTD_LIBRARY_H

/* zstd with the part of its interface that lets the memory come from the budget: allocators and
 * estimates. */

#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>
#include <zstd_errors.h>

#endif
