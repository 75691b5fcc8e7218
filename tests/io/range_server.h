/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_TEST_RANGE_SERVER_H
#define OCS_TEST_RANGE_SERVER_H

/* An HTTP server of one file that exists only as a rule (byte_at in io_fixture.h): gives ranges, as
 * late as it is told, and remembers what was asked for. */

#include "io_fixture.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

enum { SERVER_CONNECTIONS = 32, SERVER_REQUESTS = 256, SERVER_PIECE = 64 << 10 };

struct range_request {
    uint64_t first, last;
};

struct range_server {
    uint64_t bytes;
    _Atomic unsigned delay_ms;
    _Atomic unsigned changes_at; /* from this request on the file is another; 0: never           */

    int listener;
    char url[64];
    pthread_t accepting, serving[SERVER_CONNECTIONS];
    int sockets[SERVER_CONNECTIONS];
    unsigned connections;
    pthread_mutex_t lock;
    unsigned request_count;
    struct range_request requests[SERVER_REQUESTS];
};

struct server_connection {
    struct range_server *server;
    int socket;
};

static inline bool server_send(int socket, const void *bytes, size_t count)
{
    for (const char *at = bytes; count > 0;) {
        const ssize_t sent = send(socket, at, count, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        at += sent;
        count -= (size_t)sent;
    }
    return true;
}

static inline bool server_send_file(int socket, uint64_t first, uint64_t end)
{
    unsigned char piece[SERVER_PIECE];
    while (first < end) {
        const uint64_t count = end - first < sizeof piece ? end - first : sizeof piece;
        for (uint64_t i = 0; i < count; ++i)
            piece[i] = byte_at(first + i);
        if (!server_send(socket, piece, count))
            return false;
        first += count;
    }
    return true;
}

/* The number of the request. */
static inline unsigned server_remember(struct range_server *server, uint64_t first, uint64_t last)
{
    pthread_mutex_lock(&server->lock);
    const unsigned index = server->request_count;
    if (index < SERVER_REQUESTS)
        server->requests[server->request_count++] = (struct range_request){first, last};
    pthread_mutex_unlock(&server->lock);
    return index;
}

static inline bool server_answer(struct range_server *server, int socket, const char *request)
{
    unsigned long long first, last;
    const char *const range = strstr(request, "Range: bytes=");
    if (!range || sscanf(range, "Range: bytes=%llu-%llu", &first, &last) != 2)
        return false;
    last = last < server->bytes ? last : server->bytes - 1;
    const unsigned index = server_remember(server, first, last);
    const unsigned changes_at = atomic_load(&server->changes_at);
    usleep(1000 * atomic_load(&server->delay_ms));
    char head[256];
    const int length = snprintf(head, sizeof head,
                                "HTTP/1.1 206 Partial Content\r\nContent-Length: %llu\r\n"
                                "Content-Range: bytes %llu-%llu/%llu\r\nETag: \"%d\"\r\n\r\n",
                                last - first + 1, first, last, (unsigned long long)server->bytes,
                                changes_at && index >= changes_at ? 2 : 1);
    return server_send(socket, head, (size_t)length) && server_send_file(socket, first, last + 1);
}

static inline void *server_serve(void *argument)
{
    struct server_connection *const connection = argument;
    char request[4096];
    size_t used = 0;
    for (;;) {
        const ssize_t got = recv(connection->socket, request + used, sizeof request - 1 - used, 0);
        if (got <= 0)
            break;
        used += (size_t)got;
        request[used] = '\0';
        if (!strstr(request, "\r\n\r\n"))
            continue;
        if (!server_answer(connection->server, connection->socket, request))
            break;
        used = 0;
    }
    shutdown(connection->socket, SHUT_RDWR);
    free(connection);
    return NULL;
}

static inline void *server_accept(void *argument)
{
    struct range_server *const server = argument;
    int socket;
    while (server->connections < SERVER_CONNECTIONS &&
           (socket = accept(server->listener, NULL, NULL)) >= 0) {
        setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
        struct server_connection *const connection = malloc(sizeof *connection);
        *connection = (struct server_connection){server, socket};
        server->sockets[server->connections] = socket;
        pthread_create(&server->serving[server->connections++], NULL, server_serve, connection);
    }
    return NULL;
}

static inline void range_server_start(struct range_server *server, uint64_t bytes)
{
    *server = (struct range_server){.bytes = bytes};
    pthread_mutex_init(&server->lock, NULL);
    server->listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    assert_int_equal(bind(server->listener, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(server->listener, SERVER_CONNECTIONS), 0);
    assert_int_equal(getsockname(server->listener, (struct sockaddr *)&at, &size), 0);
    snprintf(server->url, sizeof server->url, "http://127.0.0.1:%u/map.mrc", ntohs(at.sin_port));
    pthread_create(&server->accepting, NULL, server_accept, server);
    setenv("no_proxy", "127.0.0.1", 1);
}

static inline void range_server_stop(struct range_server *server)
{
    shutdown(server->listener, SHUT_RDWR);
    pthread_join(server->accepting, NULL);
    for (unsigned i = 0; i < server->connections; ++i) {
        shutdown(server->sockets[i], SHUT_RDWR);
        pthread_join(server->serving[i], NULL);
        close(server->sockets[i]);
    }
    close(server->listener);
    pthread_mutex_destroy(&server->lock);
}

#endif
