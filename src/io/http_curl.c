/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http_curl.h"

#include "fail.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

static const char library[] = "libcurl.so.4";

enum ocs_status ocs_curl_load(struct ocs_curl *curl_ret, struct ocs_error *error)
{
    struct ocs_curl curl = {.library = dlopen(library, RTLD_NOW | RTLD_LOCAL)};
    bool complete = curl.library != NULL;
    void *function;
#define OCS_CURL_FIND(name)                                                                        \
    function = complete ? dlsym(curl.library, "curl_" #name) : NULL;                               \
    complete = complete && function;                                                               \
    memcpy(&curl.name, &function, sizeof function);
    OCS_CURL_FUNCTIONS(OCS_CURL_FIND)
#undef OCS_CURL_FIND
    if (complete) {
        *curl_ret = curl;
        return OCS_OK;
    }
    ocs_fail(error, OCS_IO, "loading", library, "it is needed for URLs and is not here");
    ocs_advise(error, "install libcurl 7.87 or later (libcurl4), or save the map first");
    return OCS_IO;
}
