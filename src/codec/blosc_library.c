/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "blosc_library.h"

#include "fail.h"

#include <dlfcn.h>
#include <malloc.h>
#include <stdbool.h>
#include <string.h>

static const char library[] = "libblosc.so.1";

enum ocs_status ocs_blosc_load(struct ocs_blosc *blosc_ret, struct ocs_error *error)
{
    struct ocs_blosc blosc = {.library = dlopen(library, RTLD_NOW | RTLD_LOCAL)};
    bool complete = blosc.library != NULL;
    void *function;
#define OCS_BLOSC_FIND(name)                                                                       \
    function = complete ? dlsym(blosc.library, "blosc_" #name) : NULL;                             \
    complete = complete && function;                                                               \
    memcpy(&blosc.name, &function, sizeof function);
    OCS_BLOSC_FUNCTIONS(OCS_BLOSC_FIND)
#undef OCS_BLOSC_FIND
    if (complete) {
        *blosc_ret = blosc;
        return OCS_OK;
    }
    ocs_fail(error, OCS_IO, "loading", library, "it is needed for blosc and is not here");
    ocs_advise(error, "install libblosc 1 (libblosc1)");
    return OCS_IO;
}

void ocs_blosc_let_go(void)
{
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}
