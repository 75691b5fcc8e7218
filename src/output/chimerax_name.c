/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "chimerax_name.h"

#include <assert.h>
#include <string.h>

/* Not isalnum: what is a letter must not depend on the locale. */
static bool is_harmless(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != 0 && strchr("._+-/ ", c) != NULL);
}

bool ocs_chimerax_name_is_harmless(const char *name)
{
    if (*name == 0)
        return false;
    for (; *name; ++name)
        if (!is_harmless(*name))
            return false;
    return true;
}

void ocs_chimerax_put_name(struct ocs_text *text, const char *name)
{
    assert(ocs_chimerax_name_is_harmless(name));
    ocs_text_string(text, name[0] == '/' ? "\"" : "\"./");
    ocs_text_string(text, name);
    ocs_text_string(text, "\"");
}

void ocs_chimerax_put_comment_name(struct ocs_text *text, const char *name)
{
    for (; *name; ++name)
        ocs_text_put(text, is_harmless(*name) ? name : "_", 1);
}
