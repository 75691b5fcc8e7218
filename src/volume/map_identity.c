/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "map_identity.h"

#include "location.h"
#include "map_internal.h"
#include "place_sum.h"

#include <string.h>

static enum ocs_status identify_url(const struct ocs_map *map, struct ocs_identity *identity,
                                    struct ocs_error *error)
{
    if (map->source)
        return ocs_identity_of_source(map->source, identity, error);
    *identity = (struct ocs_identity){.bytes = ocs_map_flow_bytes(map)};
    if (map->zarr)
        return ocs_zarr_input_identify(map->zarr, &identity->digest, error);
    memcpy(identity->state, map->state, sizeof identity->state);
    return OCS_OK;
}

enum ocs_status ocs_map_identify(const struct ocs_map *map, const char *location,
                                 struct ocs_identity *identity_ret, struct ocs_error *error)
{
    enum ocs_status status = OCS_OK;
    if (ocs_location_kind(location) != OCS_LOCATION_PATH)
        status = identify_url(map, identity_ret, error);
    else
        status = ocs_identity_of_file(location, identity_ret, error);
    if (status != OCS_OK)
        return status;
    unsigned char header[OCS_MRC_HEADER_BYTES];
    ocs_mrc_pack(&map->mrc.header, header);
    identity_ret->digest ^= ocs_place_sum(sizeof header, header, sizeof header);
    return OCS_OK;
}
