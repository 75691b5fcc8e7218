/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "spelling.h"

#include <string.h>

enum { LONGEST = 31, MOST_ERRORS = 2 };

static unsigned least(unsigned a, unsigned b, unsigned c)
{
    const unsigned lower = a < b ? a : b;
    return lower < c ? lower : c;
}

/* Levenshtein's distance: row[j] is that of the letters of `word` so far and the first j of `name`.
 */
static unsigned distance(const char *word, size_t word_length, const char *name, size_t name_length)
{
    unsigned row[LONGEST + 1];
    for (size_t j = 0; j <= name_length; ++j)
        row[j] = (unsigned)j;
    for (size_t i = 0; i < word_length; ++i) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i + 1;
        for (size_t j = 0; j < name_length; ++j) {
            const unsigned replaced = diagonal + (word[i] != name[j]);
            diagonal = row[j + 1];
            row[j + 1] = least(replaced, row[j + 1] + 1, row[j] + 1);
        }
    }
    return row[name_length];
}

bool cli_is_misspelling(const char *word, size_t length, const char *name, unsigned *errors_ret)
{
    const size_t name_length = strlen(name);
    if (length > LONGEST || name_length > LONGEST)
        return false;
    const unsigned errors = distance(word, length, name, name_length);
    *errors_ret = errors;
    return errors <= MOST_ERRORS && 2 * errors <= name_length;
}
