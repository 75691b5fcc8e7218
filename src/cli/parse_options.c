/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parse_options.h"

#include "option_table.h"
#include "parse_value.h"
#include "say.h"
#include "spelling.h"

#include <assert.h>
#include <getopt.h>
#include <string.h>

enum { MOST_OPTIONS = 64, FIRST_VALUE = 256 };

/* getopt's view of the table: option i is returned as FIRST_VALUE + i, or as its letter. */
struct spelling {
    struct option longs[MOST_OPTIONS + 1];
    char letters[2 * MOST_OPTIONS + 2];
};

const char *cli_command_name(enum cli_command command)
{
    return command == CLI_CONVERT ? "convert" : "estimate";
}

static void make_spelling(enum cli_command command, struct spelling *spelling)
{
    assert(cli_option_count <= MOST_OPTIONS);
    *spelling = (struct spelling){.letters = ":"};
    size_t used = 1, count = 0;
    for (size_t i = 0; i < cli_option_count; ++i) {
        const struct cli_option *const option = &cli_options[i];
        if (!cli_option_is_of(option, command))
            continue;
        spelling->longs[count++] = (struct option){
            .name = option->name,
            .has_arg = option->argument ? required_argument : no_argument,
            .val = FIRST_VALUE + (int)i,
        };
        if (option->letter)
            spelling->letters[used++] = option->letter;
        if (option->letter && option->argument)
            spelling->letters[used++] = ':';
    }
}

/* The option getopt returned or complains about as `value`, or NULL. */
static const struct cli_option *option_of(int value)
{
    if (value >= FIRST_VALUE && (size_t)(value - FIRST_VALUE) < cli_option_count)
        return &cli_options[value - FIRST_VALUE];
    for (size_t i = 0; value != 0 && i < cli_option_count; ++i)
        if (cli_options[i].letter == value)
            return &cli_options[i];
    return NULL;
}

/* getopt takes unambiguous beginnings of long options: not here, where a later option may make them
 * ambiguous. `argv` up to optind was read: the option's word and, unless in the same word, its
 * value. */
static const char *abbreviation(char **argv, const struct cli_option *option)
{
    const char *const word = argv[optind - 1] == optarg ? argv[optind - 2] : argv[optind - 1];
    const size_t length = strcspn(word, "=");
    const bool is_long = word[0] == '-' && word[1] == '-';
    return is_long && strncmp(word + 2, option->name, length - 2) == 0 &&
                   option->name[length - 2] != 0
               ? word
               : NULL;
}

/* Word is "--" and more. Returns the option that may have been meant, or NULL. */
static const struct cli_option *likely_meant(enum cli_command command, const char *word,
                                             size_t length)
{
    const struct cli_option *likely = NULL;
    unsigned fewest = 0;
    for (size_t i = 0; i < cli_option_count && length > 2; ++i) {
        unsigned errors;
        if (!cli_option_is_of(&cli_options[i], command) ||
            !cli_is_misspelling(word + 2, length - 2, cli_options[i].name, &errors))
            continue;
        if (!likely || errors < fewest) {
            likely = &cli_options[i];
            fewest = errors;
        }
    }
    return likely;
}

static void refuse_unknown(enum cli_command command, const char *word)
{
    const char *const name = cli_command_name(command);
    const size_t length = strcspn(word, "=");
    const struct cli_option *const meant = likely_meant(command, word, length);
    if (meant)
        cli_usage_error(name, "unknown option %.*s (did you mean --%s?)", (int)length, word,
                        meant->name);
    else
        cli_usage_error(name, "unknown option %.*s", (int)length, word);
}

static bool refuse_unread(enum cli_command command, int returned, char **argv)
{
    const char *const name = cli_command_name(command);
    const struct cli_option *const option = option_of(optopt);
    if (returned == ':')
        cli_usage_error(name, "--%s needs a value (%s)", option->name, option->argument);
    else if (option)
        cli_usage_error(name, "--%s takes no value", option->name);
    else if (optopt)
        cli_usage_error(name, "unknown option -%c", optopt);
    else
        refuse_unknown(command, argv[optind - 1]);
    return false;
}

static bool take_option(const char *command, const struct cli_option *option, char **argv,
                        struct cli_request *request, bool given[MOST_OPTIONS])
{
    const char *const word = abbreviation(argv, option);
    if (word) {
        cli_usage_error(command, "unknown option %.*s (did you mean --%s?)",
                        (int)strcspn(word, "="), word, option->name);
        return false;
    }
    char problem[CLI_PROBLEM_BYTES];
    if (!cli_parse_value(option, optarg, request, problem)) {
        cli_usage_error(command, "--%s: %s", option->name, problem);
        return false;
    }
    given[option - cli_options] = true;
    return true;
}

/* Pairs that say opposite things. What contradicts by its values is checked with the plan. */
static bool check_pairs(const char *command, const bool given[MOST_OPTIONS])
{
    static const char *const pairs[][2] = {{"occupancy", "raw-scale"}, {"quiet", "verbose"}};
    for (size_t p = 0; p < sizeof pairs / sizeof pairs[0]; ++p) {
        int found = 0;
        for (size_t i = 0; i < cli_option_count; ++i)
            if (given[i] && (strcmp(cli_options[i].name, pairs[p][0]) == 0 ||
                             strcmp(cli_options[i].name, pairs[p][1]) == 0))
                ++found;
        if (found == 2) {
            cli_usage_error(command, "--%s contradicts --%s", pairs[p][0], pairs[p][1]);
            return false;
        }
    }
    return true;
}

static bool take_operands(enum cli_command command, int argc, char **argv,
                          struct cli_request *request)
{
    const char *const name = cli_command_name(command);
    const bool two = command == CLI_CONVERT;
    const int most = two ? 2 : 1;
    if (optind == argc || (two && optind + 1 == argc)) {
        cli_usage_error(name, "no %s was given", !two ? "MAP" : optind == argc ? "IN" : "OUT");
        return false;
    }
    if (optind + most < argc) {
        cli_usage_error(
            name, two ? "one IN and one OUT: what is '%s'?" : "one MAP at a time: what is '%s'?",
            argv[optind + most]);
        return false;
    }
    request->options.map = argv[optind];
    request->convert.out = two ? argv[optind + 1] : NULL;
    return true;
}

bool cli_parse_options(enum cli_command command, int argc, char **argv, struct cli_request *request)
{
    const char *const name = cli_command_name(command);
    struct spelling spelling;
    make_spelling(command, &spelling);
    bool given[MOST_OPTIONS] = {false};
    optind = 0; /* getopt begins anew, also after arguments it was not asked to the end of */
    for (;;) {
        const int returned = getopt_long(argc, argv, spelling.letters, spelling.longs, NULL);
        if (returned == -1)
            break;
        if (returned == '?' || returned == ':')
            return refuse_unread(command, returned, argv);
        if (!take_option(name, option_of(returned), argv, request, given))
            return false;
        if (request->help)
            return true;
    }
    if (!check_pairs(name, given) || !take_operands(command, argc, argv, request))
        return false;
    request->convert.common = request->options;
    return true;
}
