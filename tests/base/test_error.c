/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fail.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct ocs_error error;

static const char *formatted(void)
{
    static char line[2048];
    const size_t needed = ocs_error_format(&error, line, sizeof line);
    assert_int_equal(needed, strlen(line));
    return line;
}

static void failures_read_as_one_sentence(void **state)
{
    (void)state;
    assert_int_equal(ocs_fail(&error, OCS_BAD_INPUT, "reading", "a b.mrc", "mode %d", 5),
                     OCS_BAD_INPUT);
    assert_string_equal(formatted(), "reading a b.mrc: mode 5");
    ocs_advise(&error, "try %s", "another");
    assert_string_equal(formatted(), "reading a b.mrc: mode 5; try another");
    error.offset = 1024;
    assert_string_equal(formatted(), "reading a b.mrc at byte 1024: mode 5; try another");
    (void)ocs_fail(&error, OCS_USAGE, "planning", NULL, "nothing to do");
    assert_string_equal(formatted(), "planning: nothing to do");
    assert_int_equal(error.system, 0);
    assert_int_equal(error.offset, -1);
}

static void system_errors_have_their_status(void **state)
{
    (void)state;
    static const struct {
        int system;
        enum ocs_status status;
    } cases[] = {{ENOSPC, OCS_NO_SPACE}, {EDQUOT, OCS_NO_SPACE}, {ENOMEM, OCS_LIMIT},
                 {ENOENT, OCS_IO},       {EACCES, OCS_IO},       {EIO, OCS_IO}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        assert_int_equal(ocs_fail_system(&error, "opening", "f", cases[i].system), cases[i].status);
        assert_int_equal(error.system, cases[i].system);
        assert_string_equal(error.what, strerror(cases[i].system));
    }
    (void)ocs_fail_system(&error, "opening", "f", ENOENT);
    assert_string_equal(formatted(), "opening f: No such file or directory; check the name");
}

static void control_characters_are_hidden(void **state)
{
    (void)state;
    (void)ocs_fail(&error, OCS_BAD_INPUT, "reading", "a\nb\x1b[31m\x7f\xc3\xa9", "has\ttab\r");
    assert_string_equal(formatted(), "reading a?b?[31m?\xc3\xa9: has?tab?");
}

static void long_paths_keep_their_end(void **state)
{
    (void)state;
    char path[2000];
    memset(path, 'd', sizeof path);
    strcpy(path + sizeof path - 10, "/last.mrc");
    (void)ocs_fail(&error, OCS_IO, "opening", path, "x");
    assert_int_equal(strlen(error.path), sizeof error.path - 1);
    assert_memory_equal(error.path, "...d", 4);
    assert_string_equal(error.path + strlen(error.path) - 9, "/last.mrc");
    path[sizeof error.path - 1] = '\0';
    (void)ocs_fail(&error, OCS_IO, "opening", path, "x");
    assert_string_equal(error.path, path);
}

static void long_texts_are_cut(void **state)
{
    (void)state;
    char text[1000];
    memset(text, 't', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    (void)ocs_fail(&error, OCS_IO, text, text, "%s", text);
    ocs_advise(&error, "%s", text);
    assert_int_equal(strlen(error.operation), sizeof error.operation - 1);
    assert_int_equal(strlen(error.what), sizeof error.what - 1);
    assert_int_equal(strlen(error.advice), sizeof error.advice - 1);
    char small[10];
    memset(small, '!', sizeof small);
    assert_true(ocs_error_format(&error, small, sizeof small - 1) > 900);
    assert_int_equal(strlen(small), sizeof small - 2);
    assert_int_equal(small[sizeof small - 1], '!');
    assert_true(ocs_error_format(&error, NULL, 0) > 900);
}

static void statuses_have_names_and_exits(void **state)
{
    (void)state;
    static const int exits[] = {0, 1, 2, 3, 4, 5, 6, 130};
    for (int i = 0; i < OCS_STATUS_COUNT; ++i)
        assert_int_equal(ocs_status_exit((enum ocs_status)i), exits[i]);
    assert_string_equal(ocs_status_name(OCS_LIMIT), "OCS_LIMIT");
    assert_int_equal(ocs_status_exit((enum ocs_status)99), 1);
    assert_string_equal(ocs_status_name((enum ocs_status)99), "OCS_BUG");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failures_read_as_one_sentence),
        cmocka_unit_test(system_errors_have_their_status),
        cmocka_unit_test(control_characters_are_hidden),
        cmocka_unit_test(long_paths_keep_their_end),
        cmocka_unit_test(long_texts_are_cut),
        cmocka_unit_test(statuses_have_names_and_exits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
