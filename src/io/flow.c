/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow_internal.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool ocs_flow_is_pipe(const char *path)
{
    struct stat about;
    if (strcmp(path, "-") == 0)
        return fstat(STDIN_FILENO, &about) == 0 &&
               (S_ISFIFO(about.st_mode) || S_ISSOCK(about.st_mode));
    return stat(path, &about) == 0 && S_ISFIFO(about.st_mode);
}

const char *ocs_flow_path(const struct ocs_flow *flow)
{
    return flow->path;
}

uint64_t ocs_flow_bytes(const struct ocs_flow *flow)
{
    return flow->bytes;
}

uint64_t ocs_flow_need(const struct ocs_flow *flow)
{
    return flow->need;
}

enum ocs_status ocs_flow_next(struct ocs_flow *flow, const unsigned char **chunk_ret,
                              uint64_t *bytes_ret, struct ocs_error *error)
{
    return flow->kind->next(flow, chunk_ret, bytes_ret, error);
}

void ocs_flow_interrupt(struct ocs_flow *flow)
{
    flow->kind->interrupt(flow);
}

void ocs_flow_close(struct ocs_flow *flow)
{
    if (flow)
        flow->kind->close(flow);
}
