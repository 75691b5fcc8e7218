/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "convert_command.h"
#include "estimate_command.h"
#include "help.h"
#include "info_command.h"
#include "say.h"
#include "spelling.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

struct command {
    const char *name;
    int (*run)(int argc, char **argv); /* argv[0] is the command's name */
};

static const struct command commands[] = {
    {"estimate", ocs_cli_estimate},
    {"convert", ocs_cli_convert},
    {"info", ocs_cli_info},
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

static bool is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0;
}

static int refuse_word(const char *word)
{
    unsigned errors;
    for (int i = 0; i < COMMANDS; ++i)
        if (cli_is_misspelling(word, strlen(word), commands[i].name, &errors))
            return cli_usage_error("", "unknown command %.100s (did you mean %s?)", word,
                                   commands[i].name);
    const char *const what = word[0] == '-' ? "option" : "command";
    return cli_usage_error("", "unknown %s %.100s; there are estimate, convert and info", what,
                           word);
}

static int run_word(int argc, char **argv)
{
    const char *const word = argv[0];
    for (int i = 0; i < COMMANDS; ++i)
        if (strcmp(word, commands[i].name) == 0)
            return commands[i].run(argc, argv);
    if (is_help(word)) {
        cli_put_help();
        return cli_close_output(0);
    }
    if (strcmp(word, "--version") == 0) {
        cli_put_version();
        return cli_close_output(0);
    }
    return refuse_word(word);
}

/* Where one of the descriptors 0 to 2 is closed, the next file that is opened would get it, and
 * what is printed would go into a map. What takes the place is opened the wrong way round, so that
 * using it fails. */
static bool occupy_standard_descriptors(void)
{
    for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor) {
        if (fcntl(descriptor, F_GETFD) != -1)
            continue;
        const int wrong = descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY;
        if (open("/dev/null", wrong) != descriptor)
            return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    /* A closed pipe and a file that may not grow are errors of the write, reported like any other.
     */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    if (!occupy_standard_descriptors())
        return ocs_status_exit(OCS_IO);
    if (argc < 2)
        return cli_usage_error("", "no command was given; there are estimate, convert and info");
    return run_word(argc - 1, argv + 1);
}
