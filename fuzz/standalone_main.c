/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Replays files, and the files of folders, through a target: for compilers without libFuzzer. */
#include "fuzz_check.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { LARGEST = 16 << 20 };

static void replay_file(const char *path)
{
    FILE *const file = fopen(path, "rb");
    unsigned char *data = malloc(LARGEST);
    if (!file || !data) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        exit(2);
    }
    const size_t size = fread(data, 1, LARGEST, file);
    fclose(file);
    /* Exactly as large as the input, so that a sanitizer sees reads past its end. */
    unsigned char *const exact = realloc(data, size + (size == 0));
    if (exact)
        data = exact;
    LLVMFuzzerTestOneInput(data, size);
    free(data);
}

static unsigned replay(const char *path)
{
    struct stat about;
    if (stat(path, &about) == 0 && !S_ISDIR(about.st_mode)) {
        replay_file(path);
        return 1;
    }
    DIR *const folder = opendir(path);
    if (!folder) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        exit(2);
    }
    unsigned count = 0;
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        char name[4096];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        count += replay(name);
    }
    closedir(folder);
    return count;
}

int main(int argc, char **argv)
{
    unsigned count = 0;
    for (int i = 1; i < argc; ++i)
        count += replay(argv[i]);
    printf("%u inputs replayed\n", count);
    return count > 0 ? 0 : 2;
}
