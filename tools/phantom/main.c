/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes synthetic maps of any size: domains of known occupancy in band-limited noise. */
#include "make.h"

enum { EXIT_USAGE = 2, EXIT_WRITING = 5 };

int main(int argc, char **argv)
{
    struct phantom_options options;
    switch (phantom_options_parse(argc, argv, &options)) {
    case PHANTOM_HELP:
        return 0;
    case PHANTOM_USAGE:
        return EXIT_USAGE;
    case PHANTOM_RUN:
        break;
    }
    struct phantom phantom;
    if (!phantom_prepare(&options, &phantom))
        return EXIT_USAGE;
    if (!phantom_write(&phantom) || (options.truth && !phantom_write_truth(&phantom)))
        return EXIT_WRITING;
    return 0;
}
