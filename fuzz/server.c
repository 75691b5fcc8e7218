/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server.h"

#include "fuzz_check.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { REQUEST_BYTES = 8 << 10, PIECE_BYTES = 16 << 10 };

static atomic_int served = -1;
static int listener;

/* ---- one answer ---- */

static void send_all(int to, const char *bytes, size_t count)
{
    while (count > 0) {
        const ssize_t sent = send(to, bytes, count, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        bytes += sent;
        count -= (size_t)sent;
    }
}

static void send_part(int to, int file, uint64_t first, uint64_t last)
{
    char piece[PIECE_BYTES];
    while (first <= last) {
        const uint64_t left = last - first + 1;
        const ssize_t count =
            pread(file, piece, left < sizeof piece ? left : sizeof piece, (off_t)first);
        if (count <= 0)
            return;
        send_all(to, piece, (size_t)count);
        first += (uint64_t)count;
    }
}

/* The whole file unless the request has a range that lies in it. */
static void answer(int to, const char *request)
{
    struct stat about;
    const int file = atomic_load(&served);
    if (fstat(file, &about) != 0 || about.st_size == 0)
        return;
    const uint64_t size = (uint64_t)about.st_size;
    uint64_t first = 0, last = size - 1;
    const char *const range = strcasestr(request, "\nrange: bytes=");
    const int numbers =
        range ? sscanf(strchr(range, '=') + 1, "%" SCNu64 "-%" SCNu64, &first, &last) : 0;
    if (last >= size)
        last = size - 1;
    char head[512];
    const int length =
        snprintf(head, sizeof head,
                 "HTTP/1.1 %s\r\nContent-Length: %" PRIu64 "\r\nContent-Range: bytes %" PRIu64
                 "-%" PRIu64 "/%" PRIu64 "\r\nAccept-Ranges: bytes\r\nETag: \"%" PRIu64
                 "\"\r\nConnection: close\r\n\r\n",
                 numbers > 0 ? "206 Partial Content" : "200 OK", last - first + 1, first, last,
                 size, (uint64_t)about.st_ino);
    send_all(to, head, (size_t)length);
    if (strncmp(request, "GET", 3) == 0 && first <= last)
        send_part(to, file, first, last);
}

static void serve_one(int from)
{
    char request[REQUEST_BYTES];
    size_t have = 0;
    while (have + 1 < sizeof request) {
        const ssize_t got = recv(from, request + have, sizeof request - 1 - have, 0);
        if (got <= 0)
            break;
        have += (size_t)got;
        request[have] = '\0';
        if (strstr(request, "\r\n\r\n")) {
            answer(from, request);
            break;
        }
    }
    shutdown(from, SHUT_WR);
    close(from);
}

/* ---- the thread ---- */

static void *serve_all(void *nothing)
{
    for (;;) {
        const int from = accept(listener, NULL, NULL);
        if (from >= 0)
            serve_one(from);
    }
    return nothing;
}

static void start(char *url, size_t url_bytes)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t bytes = sizeof address;
    pthread_t thread;
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    FUZZ_CHECK(listener >= 0);
    FUZZ_CHECK(bind(listener, (struct sockaddr *)&address, bytes) == 0);
    FUZZ_CHECK(listen(listener, 64) == 0);
    FUZZ_CHECK(getsockname(listener, (struct sockaddr *)&address, &bytes) == 0);
    snprintf(url, url_bytes, "http://127.0.0.1:%u/map.mrc", (unsigned)ntohs(address.sin_port));
    FUZZ_CHECK(pthread_create(&thread, NULL, serve_all, NULL) == 0);
    pthread_detach(thread);
}

const char *fuzz_serve(int descriptor)
{
    static char url[64];
    atomic_store(&served, descriptor);
    if (!url[0])
        start(url, sizeof url);
    return url;
}
