/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_HTTP_CURL_H
#define OCS_HTTP_CURL_H

/* libcurl, loaded only when it is needed: what it and the libraries below it cost in memory and
 * time is not for runs on files. */

#include "occustream/error.h"

#include <curl/curl.h>

/* The functions that are used, each as in libcurl with "curl_" before its name. */
#define OCS_CURL_FUNCTIONS(X)                                                                      \
    X(global_init)                                                                                 \
    X(global_cleanup)                                                                              \
    X(version_info)                                                                                \
    X(slist_append)                                                                                \
    X(slist_free_all)                                                                              \
    X(easy_init)                                                                                   \
    X(easy_cleanup)                                                                                \
    X(easy_setopt)                                                                                 \
    X(easy_getinfo)                                                                                \
    X(easy_pause)                                                                                  \
    X(easy_strerror)                                                                               \
    X(multi_init)                                                                                  \
    X(multi_cleanup)                                                                               \
    X(multi_setopt)                                                                                \
    X(multi_assign)                                                                                \
    X(multi_add_handle)                                                                            \
    X(multi_remove_handle)                                                                         \
    X(multi_socket_action)                                                                         \
    X(multi_info_read)

struct ocs_curl {
    void *library;
#define OCS_CURL_POINTER(name) __typeof__(curl_##name) *name;
    OCS_CURL_FUNCTIONS(OCS_CURL_POINTER)
#undef OCS_CURL_POINTER
};

/* OCS_IO when there is no such library here. Never unloaded: it keeps threads and tables. */
OCS_MUST_USE enum ocs_status ocs_curl_load(struct ocs_curl *curl_ret, struct ocs_error *error);

#endif
