/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "text.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void ocs_text_start(struct ocs_text *text, struct ocs_output_file *file, struct ocs_error *error)
{
    *text = (struct ocs_text){.file = file, .error = error, .status = OCS_OK};
    text->plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

static void flush(struct ocs_text *text)
{
    if (text->status == OCS_OK && text->used > 0)
        text->status =
            ocs_output_file_write(text->file, text->offset, text->buffer, text->used, text->error);
    text->offset += text->used;
    text->used = 0;
}

void ocs_text_put(struct ocs_text *text, const char *bytes, size_t count)
{
    while (count > 0) {
        if (text->used == sizeof text->buffer)
            flush(text);
        const size_t room = sizeof text->buffer - text->used;
        const size_t part = count < room ? count : room;
        memcpy(text->buffer + text->used, bytes, part);
        text->used += part;
        bytes += part;
        count -= part;
    }
}

void ocs_text_string(struct ocs_text *text, const char *string)
{
    ocs_text_put(text, string, strlen(string));
}

void ocs_text_visible(struct ocs_text *text, const char *string)
{
    for (; *string; ++string) {
        const bool control = (unsigned char)*string < 0x20 || *string == 0x7f;
        ocs_text_put(text, control ? "?" : string, 1);
    }
}

void ocs_text_printf(struct ocs_text *text, const char *format, ...)
{
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    const locale_t before = uselocale(text->plain);
    const int length = vsnprintf(line, sizeof line, format, arguments);
    (void)length;
    uselocale(before);
    va_end(arguments);
    assert(length >= 0 && (size_t)length < sizeof line);
    ocs_text_put(text, line, strnlen(line, sizeof line));
}

enum ocs_status ocs_text_end(struct ocs_text *text)
{
    flush(text);
    freelocale(text->plain);
    if (text->status == OCS_OK)
        text->status = ocs_output_file_cut(text->file, text->offset, text->error);
    return text->status;
}
