/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_CLI_NUMBER_H
#define OCS_CLI_NUMBER_H

/* Numbers as people write them, nothing else: the whole string, decimal, no blanks, no hexadecimal,
 * no "nan" or "inf". Each returns false when `text` is not such a number, has more
 * than OCS_NUMBER_LENGTH_MAX characters, or does not fit. */

#include <stdbool.h>
#include <stdint.h>

bool cli_parse_real(const char *text, double *value_ret);

/* Digits only. */
bool cli_parse_count(const char *text, uint64_t *value_ret);

/* Bytes: "1000", "64K", "1.5G", "512MiB"; K, M, G, T are powers of 1024, in either case. */
bool cli_parse_size(const char *text, uint64_t *bytes_ret);

#endif
