/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCCUSTREAM_ERROR_H
#define OCCUSTREAM_ERROR_H

/* How occustream says that something went wrong.
 *
 * Every function that can fail returns an `enum ocs_status` that the compiler insists on being
 * looked at, and fills the `struct ocs_error` its caller owns. The library never prints and never
 * exits. */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define OCS_MUST_USE __attribute__((warn_unused_result))
#define OCS_PRINTF(format_index, first) __attribute__((format(printf, format_index, first)))
#else
#define OCS_MUST_USE
#define OCS_PRINTF(format_index, first)
#endif

/* X(name, exit status of the program, what it means) */
#define OCS_STATUS_TABLE(X)                                                                        \
    X(OCS_OK, 0, "done")                                                                           \
    X(OCS_BUG, 1, "a bug in occustream")                                                           \
    X(OCS_USAGE, 2, "the request contradicts itself")                                              \
    X(OCS_BAD_INPUT, 3, "the input is not a map this program can use")                             \
    X(OCS_LIMIT, 4, "refused by a limit")                                                          \
    X(OCS_IO, 5, "reading or writing failed")                                                      \
    X(OCS_NO_SPACE, 6, "no space left")                                                            \
    X(OCS_CANCELLED, 130, "cancelled")

#define OCS_STATUS_ENUM(name, exit_status, text) name,
enum ocs_status { OCS_STATUS_TABLE(OCS_STATUS_ENUM) OCS_STATUS_COUNT };
#undef OCS_STATUS_ENUM

/* One failure, complete in itself. Empty strings and an offset of -1 mean "does not apply". */
struct ocs_error {
    enum ocs_status status;
    int system;         /* errno of the failed call, 0 if none                      */
    int64_t offset;     /* byte offset in the file where it happened, or -1         */
    char operation[24]; /* "reading", "opening", "planning" ...                     */
    char path[512];     /* the file or option concerned, cut at the front if longer */
    char what[320];     /* what is wrong, in one clause                             */
    char advice[200];   /* what the user can do about it                            */
};

/* The exit status the program uses for `status`. */
int ocs_status_exit(enum ocs_status status);

/* "OCS_LIMIT" and so on: a constant string. */
const char *ocs_status_name(enum ocs_status status);

/* Writes "OPERATION PATH: WHAT (WHY); ADVICE" as one line without newline into buffer, always
 * terminated; control characters in names are shown as `?`. Returns the length it needed. */
size_t ocs_error_format(const struct ocs_error *error, char *buffer, size_t buffer_bytes);

#ifdef __cplusplus
}
#endif
#endif
