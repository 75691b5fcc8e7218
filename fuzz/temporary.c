/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "temporary.h"

#include "fuzz_check.h"

#include <dirent.h>
#include <ftw.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* One thread that reads and writes files for others is enough, and starting them takes most of the
 * time of what is small. Before the first is started. */
__attribute__((constructor)) static void keep_pool_small(void)
{
    setenv("UV_THREADPOOL_SIZE", "1", 0);
}

static char folder[64], inputs[64];

static int remove_one(const char *path, const struct stat *about, int type, struct FTW *place)
{
    (void)about;
    (void)type;
    (void)place;
    return remove(path);
}

void fuzz_remove_tree(const char *path)
{
    FUZZ_CHECK(nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0);
}

static void remove_folders(void)
{
    if (folder[0])
        fuzz_remove_tree(folder);
    if (inputs[0])
        fuzz_remove_tree(inputs);
}

static const char *make_once(char path[64])
{
    static bool removed_at_exit;
    if (path[0])
        return path;
    const char *const in_memory = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(path, 64, "%s/occustream-fuzz-XXXXXX", in_memory);
    FUZZ_CHECK(mkdtemp(path));
    FUZZ_CHECK(removed_at_exit || atexit(remove_folders) == 0);
    removed_at_exit = true;
    return path;
}

const char *fuzz_folder(void)
{
    return make_once(folder);
}

const char *fuzz_input_folder(void)
{
    return make_once(inputs);
}

/* Calls `what` for every name in the folder. */
static unsigned for_all(const char *in, void (*what)(const char *path))
{
    DIR *const open = opendir(in);
    FUZZ_CHECK(open);
    unsigned count = 0;
    for (const struct dirent *entry = readdir(open); entry; entry = readdir(open)) {
        char path[sizeof folder + sizeof entry->d_name + 1];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", in, entry->d_name);
        if (what)
            what(path);
        ++count;
    }
    closedir(open);
    return count;
}

unsigned fuzz_folder_files(void)
{
    return for_all(fuzz_folder(), NULL);
}

unsigned fuzz_input_folder_files(void)
{
    return for_all(fuzz_input_folder(), NULL);
}

void fuzz_folder_clear(void)
{
    for_all(fuzz_folder(), fuzz_remove_tree);
}

void fuzz_input_folder_clear(void)
{
    for_all(fuzz_input_folder(), fuzz_remove_tree);
}

char *fuzz_read_file(const char *path, size_t *bytes_ret)
{
    FILE *const file = fopen(path, "rb");
    FUZZ_CHECK(file);
    FUZZ_CHECK(fseek(file, 0, SEEK_END) == 0);
    const long size = ftell(file);
    FUZZ_CHECK(size >= 0);
    rewind(file);
    char *const bytes = malloc((size_t)size + 1);
    FUZZ_CHECK(bytes && fread(bytes, 1, (size_t)size, file) == (size_t)size);
    bytes[size] = '\0';
    fclose(file);
    *bytes_ret = (size_t)size;
    return bytes;
}

struct fuzz_memory_file fuzz_memory_file(const void *data, size_t bytes, uint64_t size)
{
    struct fuzz_memory_file file = {.fd = memfd_create("fuzz", MFD_CLOEXEC)};
    FUZZ_CHECK(file.fd >= 0);
    FUZZ_CHECK(bytes == 0 || write(file.fd, data, bytes) == (ssize_t)bytes);
    FUZZ_CHECK(ftruncate(file.fd, (off_t)size) == 0);
    snprintf(file.path, sizeof file.path, "/proc/self/fd/%d", file.fd);
    return file;
}

void fuzz_memory_file_close(struct fuzz_memory_file *file)
{
    close(file->fd);
}
