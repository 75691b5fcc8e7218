/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_CLI_SPELLING_H
#define OCS_CLI_SPELLING_H

#include <stdbool.h>
#include <stddef.h>

/* Whether somebody who meant `name` may have typed `word`: up to two letters are wrong, missing or
 * too many, and no more than half of them. Among several, ask for the least `errors_ret`. */
bool cli_is_misspelling(const char *word, size_t length, const char *name, unsigned *errors_ret);

#endif
