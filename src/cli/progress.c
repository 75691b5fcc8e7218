/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "progress.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { LINE = 78, BAR = 24 };

void cli_progress_start(struct cli_progress_state *state, const struct cli_request *request)
{
    *state = (struct cli_progress_state){.how = request->progress};
    if (state->how != CLI_PROGRESS_AUTO)
        return;
    const bool bar = !request->quiet && isatty(STDERR_FILENO);
    state->how = bar ? CLI_PROGRESS_BAR : CLI_PROGRESS_NONE;
}

/* "1:02:03", "4:05", or nothing while it cannot be told. */
static void format_left(char text[16], const struct ocs_progress *progress)
{
    const double done = progress->total_fraction;
    const double left = done > 0.01 ? progress->seconds * (1 - done) / done : -1;
    text[0] = 0;
    if (!(left >= 0 && left < 360000))
        return;
    const int seconds = (int)left;
    if (seconds >= 3600)
        snprintf(text, 16, "%d:%02d:%02d", seconds / 3600 % 100, seconds / 60 % 60, seconds % 60);
    else
        snprintf(text, 16, "%d:%02d", seconds / 60, seconds % 60);
}

static double rate_mvoxel(const struct cli_progress_state *state,
                          const struct ocs_progress *progress)
{
    const double seconds = progress->seconds - state->pass_began;
    return seconds > 0 ? (double)progress->voxels_done / seconds / 1e6 : 0;
}

/* Passes that do not go through voxels but through lines of a spectrum or through tiles have none.
 */
static void format_rate(char text[32], double mvoxel)
{
    text[0] = 0;
    if (mvoxel >= 0.5)
        snprintf(text, 32, ", %.0f Mvoxel/s", mvoxel);
}

/* A line as wide as the terminal would make it scroll. */
static int line_width(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_col > LINE)
        return LINE;
    return size.ws_col - 1;
}

static void draw_bar(struct cli_progress_state *state, const struct ocs_progress *progress)
{
    static const char full[] = "########################";
    _Static_assert(sizeof full == BAR + 1, "as long as the bar");
    const double done = progress->total_fraction > 1 ? 1 : progress->total_fraction;
    const int filled = done > 0 ? (int)(done * BAR) : 0;
    char left[16];
    char line[2 * LINE]; /* what does not fit the terminal is left out below */
    char rate[32];
    format_left(left, progress);
    format_rate(rate, rate_mvoxel(state, progress));
    snprintf(line, sizeof line, "[%.*s%*s] %3.0f %% %u/%u %s %3.0f %%%s%s%s", filled, full,
             BAR - filled, "", 100 * done, progress->pass_index + 1, progress->pass_count,
             progress->pass, 100 * progress->pass_fraction, rate, left[0] ? ", left " : "", left);
    const int width = line_width();
    fprintf(stderr, "\r%-*.*s", width, width, line);
    fflush(stderr);
    state->drawn = true;
}

static void put_json(const struct cli_progress_state *state, const struct ocs_progress *progress)
{
    json_t *const json = json_pack(
        "{s:s, s:s, s:i, s:i, s:f, s:f, s:f, s:I, s:I, s:f}", "event", "progress", "pass",
        progress->pass, "pass_index", (int)progress->pass_index, "pass_count",
        (int)progress->pass_count, "pass_fraction", progress->pass_fraction, "total_fraction",
        progress->total_fraction, "seconds", progress->seconds, "voxels_done",
        (json_int_t)progress->voxels_done, "voxels_total", (json_int_t)progress->voxels_total,
        "mvoxel_per_second", rate_mvoxel(state, progress));
    char *const text = json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(6));
    if (text)
        fprintf(stderr, "%s\n", text);
    free(text);
    json_decref(json);
}

void cli_progress_show(void *user, const struct ocs_progress *progress)
{
    struct cli_progress_state *const state = user;
    if (state->pass != progress->pass_index + 1) {
        state->pass = progress->pass_index + 1;
        state->pass_began = state->last_call;
    }
    state->last_call = progress->seconds;
    if (state->how == CLI_PROGRESS_BAR)
        draw_bar(state, progress);
    else if (state->how == CLI_PROGRESS_JSON)
        put_json(state, progress);
}

void cli_progress_end(struct cli_progress_state *state)
{
    if (state->drawn)
        fprintf(stderr, "\r%*s\r", line_width(), "");
    state->drawn = false;
}
