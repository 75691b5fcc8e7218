/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "findings.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void ocs_find(struct ocs_findings *findings, const char *code, const char *text, ...)
{
    assert(strlen(code) < sizeof findings->item[0].code);
    if (findings->count >= OCS_FINDINGS_MAX)
        return;
    struct ocs_finding *const item = &findings->item[findings->count++];
    snprintf(item->code, sizeof item->code, "%s", code);
    va_list arguments;
    va_start(arguments, text);
    vsnprintf(item->text, sizeof item->text, text, arguments);
    va_end(arguments);
    for (char *c = item->text; *c; ++c)
        if ((unsigned char)*c < 0x20 || (unsigned char)*c >= 0x7f)
            *c = '?';
}

/* Four characters of the file as text. */
struct tag {
    char text[5];
};

static struct tag readable(const char bytes[4])
{
    struct tag tag = {{0}};
    for (int i = 0; i < 4; ++i)
        tag.text[i] = bytes[i] ? bytes[i] : '?';
    return tag;
}

static void check_map_id(struct ocs_mrc *mrc)
{
    if (memcmp(mrc->header.map, "MAP ", 4) != 0)
        ocs_find(&mrc->findings, "map_id", "the identifier is '%s', not 'MAP '",
                 readable(mrc->header.map).text);
}

/* Files from before 2014 have 0 here and are common; they break no rule of their time. */
static void check_version(struct ocs_mrc *mrc)
{
    const int32_t version = mrc->header.nversion;
    if (version == 0)
        ocs_find(&mrc->notes, "nversion", "NVERSION is 0: written to a format older than MRC2014");
    else if (version != 20140 && version != 20141)
        ocs_find(&mrc->findings, "nversion", "NVERSION is %d, not 20140 or 20141", version);
}

static bool is_known_extended_type(const char type[4])
{
    static const char known[][5] = {"CCP4", "MRCO", "SERI", "AGAR", "FEI1", "FEI2", "HDF5"};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; ++i)
        if (memcmp(type, known[i], 4) == 0)
            return true;
    return false;
}

static void check_extended_header(struct ocs_mrc *mrc)
{
    enum { SYMMETRY_RECORD_BYTES = 80 };
    const struct ocs_mrc_header *const header = &mrc->header;
    if (header->nsymbt == 0 || is_known_extended_type(header->exttyp))
        return;
    const bool unset =
        memcmp(header->exttyp, "\0\0\0\0", 4) == 0 || memcmp(header->exttyp, "    ", 4) == 0;
    if (!unset)
        ocs_find(&mrc->findings, "exttyp",
                 "EXTTYP '%s' of the extended header is not one MRC2014 lists",
                 readable(header->exttyp).text);
    else if (header->nsymbt % SYMMETRY_RECORD_BYTES != 0)
        ocs_find(
            &mrc->findings, "exttyp",
            "the extended header of %d bytes has no EXTTYP and is not made of symmetry records",
            header->nsymbt);
    else
        ocs_find(&mrc->notes, "exttyp",
                 "the extended header of %d bytes has no EXTTYP: symmetry records, as in CCP4 maps",
                 header->nsymbt);
}

static void check_space_group(struct ocs_mrc *mrc)
{
    const int32_t group = mrc->header.ispg;
    if (group < 0 || (group > 230 && group < 401) || group > 630)
        ocs_find(&mrc->findings, "ispg",
                 "space group ISPG %d is none of 0, 1-230 and 401-630; ignored", group);
}

static void check_labels(struct ocs_mrc *mrc)
{
    const int32_t count = mrc->header.nlabl;
    int32_t with_text = 0;
    bool gap = false;
    for (int32_t i = 0; i < OCS_MRC_LABELS; ++i) {
        const bool text = ocs_mrc_label_has_text(mrc->header.labels[i]);
        gap = gap || (text && with_text < i);
        with_text += text;
    }
    if (count < 0 || count > OCS_MRC_LABELS)
        ocs_find(&mrc->findings, "nlabl", "NLABL is %d, not 0 to 10", count);
    else if (count == 1 && with_text == 0)
        ocs_find(&mrc->notes, "nlabl", "the only label is blank");
    else if (count != with_text)
        ocs_find(&mrc->findings, "nlabl", "NLABL is %d, but %d labels contain text", count,
                 with_text);
    if (gap)
        ocs_find(&mrc->findings, "label_order", "an empty label stands before one with text");
}

static void check_unsigned_bytes(struct ocs_mrc *mrc)
{
    if (mrc->unsigned_bytes)
        ocs_find(&mrc->findings, "unsigned_bytes",
                 "mode 0 holds 0 to 255, as older programs wrote it, not -128 to 127");
}

void ocs_mrc_check_header(struct ocs_mrc *mrc)
{
    check_map_id(mrc);
    check_version(mrc);
    check_extended_header(mrc);
    check_space_group(mrc);
    check_labels(mrc);
    check_unsigned_bytes(mrc);
    ocs_mrc_check_stored_statistics(mrc);
}
