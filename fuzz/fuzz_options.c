/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any command line is taken or refused, a refusal says why in one line; numbers that are taken have
 * the value that the C library reads, and options lie in the ranges the table promises. The words
 * that name the run come out of the report as the shell would take them. Input: words, each ended
 * by a 0. */
#include "command_line.h"
#include "input.h"
#include "number.h"
#include "option_table.h"
#include "parse_options.h"

#include <math.h>

enum { MOST_WORDS = 24 };

/* ---- numbers ---- */

static void check_real(const char *word)
{
    double value;
    if (!cli_parse_real(word, &value))
        return;
    char *end;
    FUZZ_CHECK(strtod(word, &end) == value && *end == '\0' && isfinite(value));
    FUZZ_CHECK(!strpbrk(word, "xXnN \t"));
}

static void check_count(const char *word)
{
    uint64_t value, size;
    if (!cli_parse_count(word, &value))
        return;
    char *end;
    FUZZ_CHECK(strtoull(word, &end, 10) == value && *end == '\0');
    FUZZ_CHECK(strspn(word, "0123456789") == strlen(word));
    FUZZ_CHECK(strlen(word) > 31 || (cli_parse_size(word, &size) && size == value));
}

static void check_size(const char *word)
{
    uint64_t bytes;
    if (!cli_parse_size(word, &bytes))
        return;
    char *unit;
    const long double number = strtold(word, &unit);
    const char letter = (char)(*unit & ~0x20);
    const int power = letter == 'K'   ? 10
                      : letter == 'M' ? 20
                      : letter == 'G' ? 30
                      : letter == 'T' ? 40
                                      : 0;
    const long double exact = ldexpl(number, power);
    FUZZ_CHECK(fabsl((long double)bytes - exact) <= 1 + exact * 0x1p-52L);
}

/* ---- options ---- */

static void check_option(const struct cli_option *option, const struct cli_request *request)
{
    const char *const place = (const char *)request + option->at;
    double real;
    uint64_t count;
    unsigned narrow;
    switch (option->take) {
    case CLI_TAKE_REAL:
        memcpy(&real, place, sizeof real);
        FUZZ_CHECK(isfinite(real) && (real == 0 || real >= option->low));
        break;
    case CLI_TAKE_COUNT:
    case CLI_TAKE_SIZE:
        memcpy(&count, place, sizeof count);
        FUZZ_CHECK(count == 0 || (double)count >= option->low);
        break;
    case CLI_TAKE_UNSIGNED:
        memcpy(&narrow, place, sizeof narrow);
        FUZZ_CHECK(narrow == 0 || (double)narrow >= option->low);
        break;
    default:
        break;
    }
}

static void check_choices(const struct ocs_options *options)
{
    FUZZ_CHECK((unsigned)options->rules <= OCS_RULES_OCCUPY_0_1_13);
    FUZZ_CHECK((unsigned)options->scale_data <= OCS_SCALE_OCCUPANCY);
    FUZZ_CHECK((unsigned)options->region <= OCS_REGION_BOX);
    FUZZ_CHECK((unsigned)options->nonfinite <= OCS_NONFINITE_ZERO);
    FUZZ_CHECK((unsigned)options->io <= OCS_IO_READ && (unsigned)options->dtype <= OCS_DTYPE_F16);
    FUZZ_CHECK(options->outputs < 1 << OCS_OUTPUT_KINDS);
}

/* What is said on standard error, in a file. */
static size_t said(FILE *file, char *text, size_t room)
{
    fflush(file);
    rewind(file);
    const size_t bytes = fread(text, 1, room - 1, file);
    text[bytes] = '\0';
    return bytes;
}

static void check_parsing(enum cli_command command, int argc, char **argv)
{
    struct cli_request request = CLI_REQUEST_DEFAULT;
    FILE *const before = stderr, *const kept = tmpfile();
    FUZZ_CHECK(kept);
    stderr = kept;
    const bool taken = cli_parse_options(command, argc, argv, &request);
    stderr = before;
    char text[4096];
    const size_t bytes = said(kept, text, sizeof text);
    fclose(kept);
    FUZZ_CHECK(taken == (bytes == 0));
    if (!taken) {
        FUZZ_CHECK(strncmp(text, "occustream: ", 12) == 0);
        FUZZ_CHECK(strchr(text, '\n') == text + bytes - 1);
        for (size_t i = 0; i + 1 < bytes; ++i)
            FUZZ_CHECK((unsigned char)text[i] >= 0x20 && text[i] != 0x7f);
        return;
    }
    for (size_t i = 0; i < cli_option_count; ++i)
        check_option(&cli_options[i], &request);
    check_choices(&request.options);
    FUZZ_CHECK(request.help || request.options.map);
    FUZZ_CHECK(request.help || (command == CLI_CONVERT) == (request.convert.out != NULL));
}

/* ---- the command line in the report ---- */

/* The next word as a shell reads it, into `word`; the place behind it. */
static const char *shell_word(const char *line, char *word)
{
    bool quoted = false;
    for (; *line && (quoted || *line != ' '); ++line) {
        if (*line == '\'')
            quoted = !quoted;
        else if (*line == '\\' && !quoted && line[1])
            *word++ = *++line;
        else
            *word++ = *line;
    }
    FUZZ_CHECK(!quoted);
    *word = '\0';
    return *line ? line + 1 : line;
}

static void check_command_line(int argc, char **argv, size_t size)
{
    char *const line = cli_command_line(argc, argv), *const word = fuzz_room(2 * size + 16);
    FUZZ_CHECK(line);
    const char *rest = shell_word(line, word);
    FUZZ_CHECK(strcmp(word, "occustream") == 0);
    for (int i = 0; i < argc; ++i) {
        rest = shell_word(rest, word);
        FUZZ_CHECK(strstr(argv[i], "://") || strcmp(word, argv[i]) == 0);
    }
    FUZZ_CHECK(*rest == '\0');
    free(word);
    free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *const text = fuzz_room(size + 1);
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    char name[] = "estimate", *argv[MOST_WORDS + 1] = {name};
    int argc = 1;
    for (size_t at = 0; at < size && argc < MOST_WORDS; at += strlen(text + at) + 1) {
        /* A block of its own, so that a sanitizer sees reads past its end. */
        argv[argc++] = fuzz_copy(text + at, strlen(text + at) + 1);
        check_real(text + at);
        check_count(text + at);
        check_size(text + at);
    }
    char *sorted[MOST_WORDS + 1];
    memcpy(sorted, argv, sizeof sorted); /* getopt puts those of argv in another order */
    check_parsing(CLI_ESTIMATE, argc, argv);
    memcpy(argv, sorted, sizeof argv);
    check_parsing(CLI_CONVERT, argc, argv);
    check_command_line(argc, sorted, size);
    for (int i = 1; i < argc; ++i)
        free(sorted[i]);
    free(text);
    return 0;
}
