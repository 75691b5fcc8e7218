/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_UTF8_H
#define OCS_UTF8_H

/* File names are bytes; JSON is UTF-8. */

/* A copy of `bytes` in which every byte that is not part of well-formed UTF-8 became U+FFFD. To be
 * freed with free(). NULL when there is no memory. */
char *ocs_utf8_clean(const char *bytes);

#endif
