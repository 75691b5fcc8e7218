/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_FUZZ_SERVER_H
#define OCS_FUZZ_SERVER_H

/* A server on this machine that has one file, of which it gives the parts that are asked for. It
 * runs on a thread of its own from the first call on. */

/* Serves the file behind the descriptor until the next call; the URL, valid as long as the program
 * runs, ends with /map.mrc. */
const char *fuzz_serve(int descriptor);

#endif
