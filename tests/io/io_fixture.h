/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_TEST_IO_FIXTURE_H
#define OCS_TEST_IO_FIXTURE_H

/* A folder of its own for each test, and files in it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "occustream/error.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

struct fixture {
    char dir[64];
    struct ocs_error error;
};

struct fixture_path {
    char text[512];
};

static inline struct fixture_path in_dir(const struct fixture *fixture, const char *name)
{
    struct fixture_path path;
    snprintf(path.text, sizeof path.text, "%s/%s", fixture->dir, name);
    return path;
}

static inline int fixture_open(void **state)
{
    struct fixture *const fixture = calloc(1, sizeof *fixture);
    snprintf(fixture->dir, sizeof fixture->dir, "io-test-XXXXXX");
    *state = fixture;
    return mkdtemp(fixture->dir) && chmod(fixture->dir, 0755) == 0 ? 0 : -1;
}

/* Folders in the folder are the test's to remove. */
static inline int fixture_close(void **state)
{
    struct fixture *const fixture = *state;
    DIR *const dir = opendir(fixture->dir);
    for (const struct dirent *entry; (entry = readdir(dir));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            unlinkat(dirfd(dir), entry->d_name, 0);
    closedir(dir);
    const int result = rmdir(fixture->dir);
    free(fixture);
    return result;
}

static inline size_t count_entries(const char *dir_name)
{
    DIR *const dir = opendir(dir_name);
    assert_non_null(dir);
    size_t count = 0;
    while (readdir(dir))
        ++count;
    closedir(dir);
    return count - 2;
}

/* The byte every made file has at `offset`: no two neighbourhoods alike. */
static inline unsigned char byte_at(uint64_t offset)
{
    const uint64_t mixed = (offset + 1) * UINT64_C(0x9E3779B97F4A7C15);
    return (unsigned char)(mixed >> 56);
}

static inline void make_file(const char *path, uint64_t bytes)
{
    FILE *const file = fopen(path, "wb");
    assert_non_null(file);
    for (uint64_t i = 0; i < bytes; ++i)
        putc(byte_at(i), file);
    assert_int_equal(fclose(file), 0);
}

static inline void make_text(const char *path, const char *text)
{
    FILE *const file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static inline void assert_file_is(const char *path, const void *bytes, size_t count)
{
    FILE *const file = fopen(path, "rb");
    assert_non_null(file);
    char *const got = malloc(count + 1);
    assert_int_equal(fread(got, 1, count + 1, file), count);
    assert_memory_equal(got, bytes, count);
    free(got);
    fclose(file);
}

static inline uint64_t file_bytes(const char *path)
{
    struct stat about;
    assert_int_equal(stat(path, &about), 0);
    return (uint64_t)about.st_size;
}

static inline void assert_says(const struct ocs_error *error, const char *part)
{
    char line[1200];
    ocs_error_format(error, line, sizeof line);
    if (!strstr(line, part))
        fail_msg("\"%s\" does not say \"%s\"", line, part);
}

/* A file system of `kib` KiB over the fixture's folder, seen by this process only: gone with it at
 * the latest. False where the system does not let us. Called first in a process without threads. */
static inline bool may_mount(void)
{
    if (unshare(geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS) != 0)
        return false;
    return mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

static inline bool mount_small(const struct fixture *fixture, unsigned kib)
{
    char options[32];
    snprintf(options, sizeof options, "size=%uk", kib);
    return mount("small", fixture->dir, "tmpfs", 0, options) == 0;
}

static inline void unmount_small(const struct fixture *fixture)
{
    assert_int_equal(umount2(fixture->dir, MNT_DETACH), 0);
}

#endif
