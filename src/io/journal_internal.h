/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_JOURNAL_INTERNAL_H
#define OCS_JOURNAL_INTERNAL_H

#include "journal.h"

struct ocs_journal {
    char *folder;
    int descriptor;      /* of the journal: it holds the lock                                */
    uint64_t cursor;     /* of the next record                                               */
    uint64_t last;       /* of the last whole one, as it was when the journal was opened      */
    uint64_t end;        /* behind it                                                        */
    unsigned char *scan; /* a buffer for checking records                                     */
};

enum { OCS_JOURNAL_SCAN_BYTES = 64 << 10 };

/* Sets `last` and `end` by looking at every record. */
void ocs_journal_find_end(struct ocs_journal *journal);

#endif
