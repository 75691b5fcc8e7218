/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "command_line.h"

#include "occustream/location.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* What a URL keeps secret is for no report. */
static char *shown_word(const char *word)
{
    const size_t bytes = 2 * strlen(word) + 1;
    char *const shown = malloc(bytes);
    if (shown)
        ocs_location_show(word, shown, bytes);
    return shown;
}

static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                            "-_./,:=+@%";

/* Appends the word, in single quotes when it needs them; a quote inside becomes '\''. */
static char *put_word(char *to, const char *word)
{
    if (*word && word[strspn(word, plain)] == 0) {
        const size_t length = strlen(word);
        memcpy(to, word, length);
        return to + length;
    }
    *to++ = '\'';
    for (; *word; ++word) {
        if (*word == '\'') {
            memcpy(to, "'\\'", 3);
            to += 3;
        }
        *to++ = *word;
    }
    *to++ = '\'';
    return to;
}

char *cli_command_line(int argc, char **argv)
{
    static const char program[] = "occustream";
    size_t bytes = sizeof program;
    for (int i = 0; i < argc; ++i)
        bytes += 4 * 2 * strlen(argv[i]) + 3; /* shown, and then quoted */
    char *const line = malloc(bytes);
    if (!line)
        return NULL;
    char *to = line + sizeof program - 1;
    memcpy(line, program, sizeof program - 1);
    for (int i = 0; i < argc; ++i) {
        char *const word = shown_word(argv[i]);
        if (!word) {
            free(line);
            return NULL;
        }
        *to++ = ' ';
        to = put_word(to, word);
        free(word);
    }
    *to = 0;
    return line;
}
