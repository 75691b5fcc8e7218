/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_FUZZ_TEMPORARY_H
#define OCS_FUZZ_TEMPORARY_H

/* A folder for what a target writes, in memory where the machine has such a place, and input files
 * that are nowhere but in memory. */

#include <stddef.h>
#include <stdint.h>

/* The folder, made by the first call and removed when the program ends. */
const char *fuzz_folder(void);

/* How many files are in it, and removing them. */
unsigned fuzz_folder_files(void);
void fuzz_folder_clear(void);

/* All bytes of a file and a 0 behind them, to be freed. */
char *fuzz_read_file(const char *path, size_t *bytes_ret);

/* A file of `size` bytes that begins with `bytes` of data, and a path to it. */
struct fuzz_memory_file {
    int fd;
    char path[32];
};

struct fuzz_memory_file fuzz_memory_file(const void *data, size_t bytes, uint64_t size);
void fuzz_memory_file_close(struct fuzz_memory_file *file);

#endif
