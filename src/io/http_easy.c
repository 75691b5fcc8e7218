/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http_easy.h"

#include "fail.h"
#include "http.h"
#include "http_multi.h"

#include "occustream/limits.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUFFER_BYTES = 64 << 10 };

struct ocs_http_easy {
    const struct ocs_curl *curl;
    CURL *handle;
    struct ocs_http_multi *multi;
    const struct ocs_http_target *target;
    const struct ocs_http_calls *calls;
    void *owner;
    struct curl_slist *fields;
    bool stopped;          /* by `body` */
    uint64_t header_bytes; /* of all answers to this request */
    char text[CURL_ERROR_SIZE];
};

/* ---- calls from libcurl ---- */

static bool is_flooded(const struct ocs_http_easy *easy)
{
    return easy->header_bytes > OCS_HTTP_HEADERS_MAX;
}

static size_t on_line(char *line, size_t size, size_t count, void *user)
{
    struct ocs_http_easy *const easy = user;
    easy->header_bytes += size * count;
    if (is_flooded(easy))
        return 0; /* ends it with an error; libcurl keeps what it is sent */
    easy->calls->line(easy->owner, line, size * count);
    return size * count;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *user)
{
    struct ocs_http_easy *const easy = user;
    const enum ocs_http_go go =
        easy->calls->body(easy->owner, (const unsigned char *)bytes, size * count);
    easy->stopped = go == OCS_HTTP_STOP;
    if (easy->stopped)
        return CURL_WRITEFUNC_ERROR;
    return go == OCS_HTTP_HOLD ? CURL_WRITEFUNC_PAUSE : size * count;
}

/* ---- ends ---- */

static enum ocs_http_trouble trouble_of(CURLcode code)
{
    switch (code) {
    case CURLE_OK:
        return OCS_HTTP_NO_TROUBLE;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
        return OCS_HTTP_UNREACHABLE;
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_AGAIN:
        return OCS_HTTP_BROKEN;
    case CURLE_SSL_CONNECT_ERROR: /* a handshake cut short looks like one that cannot succeed */
        return OCS_HTTP_UNREACHABLE;
    default:
        return OCS_HTTP_HOPELESS;
    }
}

static const char *advice_for(CURLcode code)
{
    switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
        return "name the certificates to trust in CURL_CA_BUNDLE, or check the address";
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_URL_MALFORMAT:
        return "check the address and the network";
    case CURLE_COULDNT_RESOLVE_PROXY:
        return "check the proxy in the environment";
    case CURLE_UNSUPPORTED_PROTOCOL:
        return "only http:// and https:// are followed, and never from https:// to http://";
    case CURLE_TOO_MANY_REDIRECTS:
        return "check the address";
    default:
        return "";
    }
}

static void on_end(const struct ocs_curl *curl, CURL *handle, CURLcode code)
{
    char *private = NULL;
    curl->easy_getinfo(handle, CURLINFO_PRIVATE, &private);
    struct ocs_http_easy *const easy = (void *)private;
    struct ocs_http_end end = {.trouble = easy->stopped ? OCS_HTTP_STOPPED : trouble_of(code)};
    snprintf(end.what, sizeof end.what, "%s",
             is_flooded(easy) ? "the header of the answer does not end"
             : easy->text[0]  ? easy->text
                              : curl->easy_strerror(code));
    snprintf(end.advice, sizeof end.advice, "%s", advice_for(code));
    curl_off_t wait = 0;
    if (curl->easy_getinfo(handle, CURLINFO_RETRY_AFTER, &wait) == CURLE_OK && wait > 0)
        end.wait_s = (uint64_t)wait;
    easy->calls->end(easy->owner, &end);
}

/* ---- setting up ---- */

void ocs_http_prepare(void)
{
    struct ocs_curl curl;
    struct ocs_error error;
    if (ocs_curl_load(&curl, &error) == OCS_OK)
        curl.global_init(CURL_GLOBAL_DEFAULT); /* never undone, so later ones find it done */
}

enum ocs_status ocs_http_easy_multi(uv_loop_t *uv, struct ocs_http_multi **multi_ret,
                                    struct ocs_error *error)
{
    struct ocs_curl curl;
    const enum ocs_status status = ocs_curl_load(&curl, error);
    if (status != OCS_OK)
        return status;
    if (curl.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK) { /* counts its callers */
        *multi_ret = ocs_http_multi_create(uv, &curl, on_end);
        if (*multi_ret)
            return OCS_OK;
        curl.global_cleanup();
    }
    return ocs_fail(error, OCS_LIMIT, "starting", "libcurl", "no memory");
}

void ocs_http_easy_close_multi(struct ocs_http_multi *multi)
{
    const struct ocs_curl curl = *ocs_http_multi_curl(multi);
    ocs_http_multi_destroy(multi);
    curl.global_cleanup();
}

static bool set_text(const struct ocs_http_easy *easy, CURLoption option, const char *text)
{
    return easy->curl->easy_setopt(easy->handle, option, text) == CURLE_OK;
}

static const char *environment(const char *name)
{
    const char *const value = getenv(name);
    return value && *value ? value : NULL;
}

/* The program curl reads these, the library does not. Where a file has the certificates, a folder
 * is not looked at as well: only then does libcurl load them once, not for every connection, which
 * would take a MiB and 50 ms each. */
static bool set_certificates(const struct ocs_http_easy *easy)
{
    const char *const bundle = environment("CURL_CA_BUNDLE");
    const char *const file = bundle ? bundle : environment("SSL_CERT_FILE");
    const char *const folder = file ? NULL : environment("SSL_CERT_DIR");
    if (folder)
        return set_text(easy, CURLOPT_CAPATH, folder);
    if (file || easy->curl->version_info(CURLVERSION_NOW)->cainfo)
        easy->curl->easy_setopt(easy->handle, CURLOPT_CAPATH, NULL);
    return !file || set_text(easy, CURLOPT_CAINFO, file);
}

static bool set_security(const struct ocs_http_easy *easy)
{
    const struct ocs_http_target *const target = easy->target;
    const bool secure = strncasecmp(target->url, "https:", 6) == 0;
    easy->curl->easy_setopt(easy->handle, CURLOPT_SSL_VERIFYPEER, 1L);
    easy->curl->easy_setopt(easy->handle, CURLOPT_SSL_VERIFYHOST, 2L);
    return set_text(easy, CURLOPT_PROTOCOLS_STR, "http,https") &&
           set_text(easy, CURLOPT_REDIR_PROTOCOLS_STR, secure ? "https" : "http,https") &&
           set_certificates(easy);
}

/* A signature is good for one host only, so signed requests follow no redirect. */
static bool set_identity(const struct ocs_http_easy *easy)
{
    const struct ocs_http_target *const target = easy->target;
    if (!target->signature) {
        easy->curl->easy_setopt(easy->handle, CURLOPT_NETRC, (long)CURL_NETRC_OPTIONAL);
        easy->curl->easy_setopt(easy->handle, CURLOPT_FOLLOWLOCATION, 1L);
        easy->curl->easy_setopt(easy->handle, CURLOPT_MAXREDIRS, (long)OCS_REDIRECTS_MAX);
        return true;
    }
    return set_text(easy, CURLOPT_AWS_SIGV4, target->signature) &&
           set_text(easy, CURLOPT_USERNAME, target->key_id) &&
           set_text(easy, CURLOPT_PASSWORD, target->secret);
}

static long seconds_of(uint64_t milliseconds)
{
    return (long)(milliseconds < 1000 ? 1 : milliseconds / 1000);
}

static void set_patience(const struct ocs_http_easy *easy, const struct ocs_http_patience *patience)
{
    easy->curl->easy_setopt(easy->handle, CURLOPT_CONNECTTIMEOUT_MS, (long)patience->stall_ms);
    easy->curl->easy_setopt(easy->handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
    easy->curl->easy_setopt(easy->handle, CURLOPT_LOW_SPEED_TIME, seconds_of(patience->stall_ms));
    easy->curl->easy_setopt(easy->handle, CURLOPT_TCP_KEEPALIVE, 1L);
    easy->curl->easy_setopt(easy->handle, CURLOPT_NOSIGNAL, 1L);
}

/* Bytes are wanted as they are stored: a compressed file is not to be unpacked on the way. */
static bool set_up(struct ocs_http_easy *easy, const struct ocs_http_patience *patience)
{
    set_patience(easy, patience);
    easy->curl->easy_setopt(easy->handle, CURLOPT_BUFFERSIZE, (long)BUFFER_BYTES);
    easy->curl->easy_setopt(easy->handle, CURLOPT_HTTP_CONTENT_DECODING, 0L);
    easy->curl->easy_setopt(easy->handle, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    easy->curl->easy_setopt(easy->handle, CURLOPT_HEADERFUNCTION, on_line);
    easy->curl->easy_setopt(easy->handle, CURLOPT_HEADERDATA, easy);
    easy->curl->easy_setopt(easy->handle, CURLOPT_WRITEFUNCTION, on_body);
    easy->curl->easy_setopt(easy->handle, CURLOPT_WRITEDATA, easy);
    easy->curl->easy_setopt(easy->handle, CURLOPT_ERRORBUFFER, easy->text);
    easy->curl->easy_setopt(easy->handle, CURLOPT_PRIVATE, easy);
    return set_text(easy, CURLOPT_USERAGENT, "occustream/" OCS_VERSION) && set_security(easy) &&
           set_identity(easy);
}

struct ocs_http_easy *ocs_http_easy_create(struct ocs_http_multi *multi,
                                           const struct ocs_http_target *target,
                                           const struct ocs_http_patience *patience,
                                           const struct ocs_http_calls *calls, void *owner)
{
    struct ocs_http_easy *const easy = calloc(1, sizeof *easy);
    if (!easy)
        return NULL;
    easy->curl = ocs_http_multi_curl(multi);
    easy->handle = easy->curl->easy_init();
    easy->multi = multi;
    easy->target = target;
    easy->calls = calls;
    easy->owner = owner;
    if (easy->handle && set_up(easy, patience))
        return easy;
    ocs_http_easy_destroy(easy);
    return NULL;
}

void ocs_http_easy_destroy(struct ocs_http_easy *easy)
{
    if (!easy)
        return;
    easy->curl->easy_cleanup(easy->handle);
    easy->curl->slist_free_all(easy->fields);
    free(easy);
}

/* ---- requests ---- */

static bool add_field(struct ocs_http_easy *easy, const char *name, const char *value)
{
    char line[512];
    const int length = snprintf(line, sizeof line, "%s: %s", name, value);
    if (length < 0 || (size_t)length >= sizeof line)
        return false;
    struct curl_slist *const longer = easy->curl->slist_append(easy->fields, line);
    if (longer)
        easy->fields = longer;
    return longer != NULL;
}

/* SHA-256 of no bytes: requests have no body, and S3 wants its sum among the fields. */
static const char no_body[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

static bool add_fields(struct ocs_http_easy *easy, const char *if_range)
{
    easy->curl->slist_free_all(easy->fields);
    easy->fields = NULL;
    const struct ocs_http_target *const target = easy->target;
    if (if_range && !add_field(easy, "If-Range", if_range))
        return false;
    if (target->signature && !add_field(easy, "x-amz-content-sha256", no_body))
        return false;
    if (!target->token)
        return true;
    struct curl_slist *const longer = easy->curl->slist_append(easy->fields, target->token);
    if (longer)
        easy->fields = longer;
    return longer != NULL;
}

/* Holding up a stream of HTTP/2 would fill libcurl's memory, of HTTP/1.1 the network's. */
static bool set_range(const struct ocs_http_easy *easy, const struct ocs_http_request *request)
{
    char range[48];
    snprintf(range, sizeof range, "%" PRIu64 "-%" PRIu64, request->first, request->last);
    easy->curl->easy_setopt(
        easy->handle, CURLOPT_HTTP_VERSION,
        (long)(request->whole ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS));
    return set_text(easy, CURLOPT_RANGE, request->whole ? NULL : range);
}

bool ocs_http_easy_start(struct ocs_http_easy *easy, const struct ocs_http_request *request)
{
    easy->text[0] = '\0';
    easy->stopped = false;
    easy->header_bytes = 0;
    if (!set_text(easy, CURLOPT_URL, request->url ? request->url : easy->target->url))
        return false;
    if (!add_fields(easy, request->whole ? NULL : request->if_range) || !set_range(easy, request))
        return false;
    easy->curl->easy_setopt(easy->handle, CURLOPT_HTTPHEADER, easy->fields);
    return ocs_http_multi_start(easy->multi, easy->handle);
}

void ocs_http_easy_continue(struct ocs_http_easy *easy)
{
    easy->curl->easy_pause(easy->handle, CURLPAUSE_CONT);
}

void ocs_http_easy_stop(struct ocs_http_easy *easy)
{
    ocs_http_multi_stop(easy->multi, easy->handle);
}
