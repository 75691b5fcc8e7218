/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_PYTHON_CHECK_H
#define OCS_PYTHON_CHECK_H

/* Lets a Python script judge what a test wrote, or write what it reads: a program that shares
 * nothing with ours. To be included after cmocka.h. */

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *python = "/usr/bin/python3";

static int run_python(const char *const arguments[])
{
    const pid_t child = fork();
    if (child == 0) {
        const char *command[10] = {python};
        for (int i = 0; i < 8 && arguments[i]; ++i)
            command[i + 1] = arguments[i];
        execv(python, (char *const *)(void *)command);
        _exit(127);
    }
    int state = 0;
    waitpid(child, &state, 0);
    return WIFEXITED(state) ? WEXITSTATUS(state) : 128;
}

/* Skips the test where Python lacks `module`. Asks once: a program needs only one module. */
static void need_python(const char *module)
{
    static enum { UNKNOWN, THERE, MISSING } answer;
    char import[64];
    snprintf(import, sizeof import, "import %s", module);
    if (answer == UNKNOWN)
        answer = run_python((const char *const[]){"-c", import, NULL}) == 0 ? THERE : MISSING;
    if (answer == MISSING)
        skip();
}

/* Runs `script`, a file below this header's folder, and expects exit status 0. */
static void expect_python(const char *script, const char *what, const char *argument)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", OCS_TEST_SOURCES, script);
    assert_int_equal(run_python((const char *const[]){path, what, argument, NULL}), 0);
}

#endif
