/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "header.h"

#include "fail.h"
#include "findings.h"
#include "geometry.h"
#include "modes.h"
#include "order.h"

#include <string.h>

static const char reading[] = "reading";

bool ocs_mrc_label_has_text(const char label[OCS_MRC_LABEL_BYTES])
{
    for (int i = 0; i < OCS_MRC_LABEL_BYTES; ++i)
        if (label[i] != ' ' && label[i] != '\0')
            return true;
    return false;
}

/* The compression the first bytes are the mark of, or NULL. */
static const char *compression_of(const unsigned char *bytes, uint64_t bytes_len)
{
    static const struct {
        const char *name;
        unsigned char mark[6];
        unsigned length;
    } known[] = {
        {"gzip", {0x1f, 0x8b, 8}, 3},
        {"bzip2", {'B', 'Z', 'h'}, 3},
        {"xz", {0xfd, '7', 'z', 'X', 'Z', 0}, 6},
        {"zstd", {0x28, 0xb5, 0x2f, 0xfd}, 4},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; ++i)
        if (bytes_len >= known[i].length && memcmp(bytes, known[i].mark, known[i].length) == 0)
            return known[i].name;
    return NULL;
}

static enum ocs_status check_is_header(const unsigned char *bytes, uint64_t bytes_len,
                                       const char *path, struct ocs_error *error)
{
    const char *const compression = compression_of(bytes, bytes_len);
    if (compression) {
        ocs_fail(error, OCS_BAD_INPUT, reading, path, "the file is compressed with %s",
                 compression);
        ocs_advise(error, "decompress it first");
        return OCS_BAD_INPUT;
    }
    if (bytes_len == 0)
        return ocs_fail(error, OCS_BAD_INPUT, reading, path, "the file is empty");
    if (bytes_len < OCS_MRC_HEADER_BYTES)
        return ocs_fail(error, OCS_BAD_INPUT, reading, path,
                        "an MRC header has %d bytes, the file only %llu", OCS_MRC_HEADER_BYTES,
                        (unsigned long long)bytes_len);
    return OCS_OK;
}

static enum ocs_status check_readable(const struct ocs_mrc_header *header, const char *path,
                                      struct ocs_error *error)
{
    if (ocs_mrc_mode_known(header->mode) && ocs_mrc_mode_bits(header->mode) == 0)
        return ocs_fail(error, OCS_BAD_INPUT, reading, path,
                        "mode %d (%s) holds a transform, not a map", header->mode,
                        ocs_mrc_mode_name(header->mode));
    if (!ocs_mrc_mode_known(header->mode))
        ocs_fail(error, OCS_BAD_INPUT, reading, path,
                 "mode %d is unknown (dimensions %d x %d x %d)", header->mode, header->nx,
                 header->ny, header->nz);
    else if (header->nx <= 0 || header->ny <= 0 || header->nz <= 0)
        ocs_fail(error, OCS_BAD_INPUT, reading, path, "dimensions %d x %d x %d make no sense",
                 header->nx, header->ny, header->nz);
    else if (header->nsymbt < 0)
        ocs_fail(error, OCS_BAD_INPUT, reading, path,
                 "the size of the extended header, NSYMBT, is %d", header->nsymbt);
    else
        return OCS_OK;
    ocs_advise(error, "check that this is an MRC or CCP4 map");
    return OCS_BAD_INPUT;
}

static void check_byte_order(struct ocs_mrc *mrc, enum ocs_byte_order order)
{
    const enum ocs_byte_order stamped = ocs_mrc_stamped_order(&mrc->header);
    const unsigned char *const stamp = mrc->header.machst;
    if (stamped == OCS_ORDER_UNKNOWN)
        ocs_find(&mrc->findings, "machine_stamp",
                 "the machine stamp %02x %02x %02x %02x is unknown; %s numbers make sense",
                 stamp[0], stamp[1], stamp[2], stamp[3], ocs_byte_order_name(order));
    else if (stamped != order)
        ocs_find(&mrc->findings, "byte_order",
                 "the machine stamp says %s, but only %s numbers make sense",
                 ocs_byte_order_name(stamped), ocs_byte_order_name(order));
}

/* Bytes were unsigned before MRC2014 settled the matter. One program marks its files; in others,
 * old enough to lack the identifier, a range that signed bytes cannot have gives it away. */
static bool has_unsigned_bytes(const struct ocs_mrc_header *header)
{
    enum { IMOD_STAMP = 1146047817, IMOD_SIGNED = 1 };
    if (header->mode != OCS_MODE_INT8)
        return false;
    if (header->imod_stamp == IMOD_STAMP)
        return (header->imod_flags & IMOD_SIGNED) == 0;
    return memcmp(header->map, "MAP ", 4) != 0 && header->dmin >= 0 && header->dmax > 127 &&
           header->dmax <= 255;
}

static enum ocs_status check_length(struct ocs_mrc *mrc, uint64_t file_bytes, const char *path,
                                    struct ocs_error *error)
{
    const unsigned long long expected = mrc->expected_bytes, actual = file_bytes;
    if (file_bytes < mrc->expected_bytes) {
        ocs_fail(error, OCS_BAD_INPUT, reading, path,
                 "the header declares %llu bytes, the file has %llu", expected, actual);
        ocs_advise(error, "it was cut short: copy it again");
        return OCS_BAD_INPUT;
    }
    if (file_bytes != UINT64_MAX && file_bytes > mrc->expected_bytes)
        ocs_find(&mrc->findings, "file_size",
                 "the file has %llu bytes, %llu more than the %llu its header declares", actual,
                 actual - expected, expected);
    return OCS_OK;
}

enum ocs_status ocs_mrc_parse(const unsigned char *bytes, uint64_t bytes_len, uint64_t file_bytes,
                              const char *path, struct ocs_mrc *mrc_ret, struct ocs_error *error)
{
    *mrc_ret = (struct ocs_mrc){0};
    const uint64_t present = bytes_len < file_bytes ? bytes_len : file_bytes;
    enum ocs_status status = check_is_header(bytes, present, path, error);
    if (status != OCS_OK)
        return status;
    const enum ocs_byte_order order = ocs_mrc_believable_order(bytes);
    ocs_mrc_unpack(bytes, order, &mrc_ret->header);
    status = check_readable(&mrc_ret->header, path, error);
    if (status != OCS_OK)
        return status;
    mrc_ret->swapped = ocs_byte_order_swapped(order);
    mrc_ret->unsigned_bytes = has_unsigned_bytes(&mrc_ret->header);
    check_byte_order(mrc_ret, order);
    ocs_mrc_set_geometry(mrc_ret);
    if (!ocs_mrc_set_layout(mrc_ret))
        return ocs_fail(error, OCS_BAD_INPUT, reading, path,
                        "%d x %d x %d voxels are more than any file can hold", mrc_ret->header.nx,
                        mrc_ret->header.ny, mrc_ret->header.nz);
    ocs_mrc_check_header(mrc_ret);
    return check_length(mrc_ret, file_bytes, path, error);
}
