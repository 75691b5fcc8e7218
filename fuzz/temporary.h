/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_FUZZ_TEMPORARY_H
#define OCS_FUZZ_TEMPORARY_H

/* Folders for what a target writes and reads, in memory where the machine has such a place, and
 * input files that are nowhere but in memory. */

#include <stddef.h>
#include <stdint.h>

/* The folder for what is written, and one for inputs that are not in memory; each made by the first
 * call and removed when the program ends. */
const char *fuzz_folder(void);
const char *fuzz_input_folder(void);

/* How many files and folders are in them, and removing those. */
unsigned fuzz_folder_files(void);
unsigned fuzz_input_folder_files(void);
void fuzz_folder_clear(void);
void fuzz_input_folder_clear(void);

/* A file, or a folder and all that is in it. */
void fuzz_remove_tree(const char *path);

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
