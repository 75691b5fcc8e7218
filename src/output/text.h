/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_TEXT_H
#define OCS_TEXT_H

/* Text on its way into an output file, through a small buffer. The first failure sticks and is
 * returned by ocs_text_end; what is put after it is dropped. Numbers come out with a decimal point
 * in every locale. */

#include "output_file.h"

#include <locale.h>

struct ocs_text {
    struct ocs_output_file *file;
    struct ocs_error *error;
    enum ocs_status status;
    locale_t plain; /* the C locale */
    uint64_t offset;
    size_t used;
    char buffer[4096];
};

void ocs_text_start(struct ocs_text *text, struct ocs_output_file *file, struct ocs_error *error);
void ocs_text_put(struct ocs_text *text, const char *bytes, size_t count);
void ocs_text_string(struct ocs_text *text, const char *string);

/* A string from outside: control characters become `?`. */
void ocs_text_visible(struct ocs_text *text, const char *string);

/* At most 500 bytes; longer strings go through ocs_text_string. */
OCS_PRINTF(2, 3) void ocs_text_printf(struct ocs_text *text, const char *format, ...);

/* Writes the rest, and gives back what was reserved beyond it. Must be called once. */
OCS_MUST_USE enum ocs_status ocs_text_end(struct ocs_text *text);

#endif
