/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any text can be shown, named and told apart; what is shown has no user, no password and no query.
 * Results named after it are in no other folder. */
#include "fuzz_check.h"
#include "location.h"
#include "result_files.h"

#include <string.h>

/* Behind every "://" that is shown, up to the path, there is no "@"; up to a blank, no query. */
static void check_shown(const char *text)
{
    for (const char *mark = text; (mark = strstr(mark, "://")) != NULL;) {
        mark += 3;
        const size_t host = strcspn(mark, "/?# \t\n");
        FUZZ_CHECK(!memchr(mark, '@', host));
        const char *const query = mark + strcspn(mark, "? \t\n");
        FUZZ_CHECK(*query != '?' || strncmp(query, "?...", 4) == 0);
    }
}

static void check_stem(const char *text)
{
    char stem[64];
    struct ocs_error error = {.status = OCS_OK};
    const enum ocs_status status = ocs_stem(text, stem, sizeof stem, &error);
    FUZZ_CHECK(status == error.status && (status == OCS_OK || status == OCS_USAGE));
    if (status != OCS_OK)
        FUZZ_CHECK(error.what[0]);
    else
        FUZZ_CHECK(stem[0] && memchr(stem, '\0', sizeof stem) && !strchr(stem, '/'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *const text = malloc(size + 1);
    char *const shown = malloc(2 * size + 1);
    FUZZ_CHECK(text && shown);
    memcpy(text, data, size);
    text[size] = '\0';
    const size_t length = ocs_location_show(text, shown, 2 * size + 1);
    FUZZ_CHECK(length == strlen(shown) && length <= 2 * strlen(text));
    check_shown(shown);
    char name[64];
    ocs_location_name(text, name, sizeof name);
    FUZZ_CHECK(memchr(name, '\0', sizeof name) != NULL);
    check_stem(text);
    if (ocs_location_kind(text) == OCS_LOCATION_EMDB)
        (void)ocs_location_emdb_entry(text);
    free(shown);
    free(text);
    return 0;
}
