#include "fetch.h"

#include "formats/formats.h"

bool fetch_begin(
    struct fetch *fetch, struct identity_wire *wire, struct arena *arena, text method, text url)
{
    *fetch = (struct fetch){
        .wire = wire,
        .arena = arena,
        .timeout_ms = FETCH_TIMEOUT_MS,
        .attempts = FETCH_ATTEMPTS,
    };
    struct uri uri;
    fetch->problem = uri_parse(&uri, url);
    if (fetch->problem)
        return false;
    fetch->host = uri.host;
    fetch->port = uri.port;
    fetch->secure = uri.secure;
    fetch->draft = (struct http_draft){
        .method = method,
        .path = uri.path.size ? uri.path : TEXT("/"),
        .query = uri.query,
        .headers = fetch->headers,
        .header_capacity = FETCH_HEADERS_MOST,
    };
    if (fetch_add(fetch, TEXT("host"), uri.authority))
        return true;
    fetch->problem = "no memory for the request";
    return false;
}

void fetch_begin_file(
    struct fetch *fetch, struct identity_wire *wire, struct arena *arena, const char *path)
{
    *fetch = (struct fetch){.wire = wire, .arena = arena, .file = path, .attempts = 1};
}

bool fetch_add(struct fetch *fetch, text name, text value)
{
    return http_is_field_value(value) && http_draft_add(&fetch->draft, fetch->arena, name, value);
}

void fetch_send(struct fetch *fetch)
{
    check(fetch->attempt == 0 && fetch->done);
    fetch->attempt = 1;
    fetch->wire->send(fetch->wire, fetch, 0);
}

/* A pause of full jitter, after so many tries. */
static uint32_t pause_after(const struct fetch *fetch, uint32_t tries)
{
    uint64_t most = (uint64_t)FETCH_BACK_OFF_MS << (tries < 6 ? tries - 1 : 5);
    return (uint32_t)random_below(fetch->wire->random, most + 1);
}

void fetch_repeat(struct fetch *fetch, uint32_t repeats)
{
    check(fetch->attempt == 0 && repeats > 0);
    fetch->attempt = 1;
    fetch->wire->send(fetch->wire, fetch, pause_after(fetch, repeats));
}

void fetch_cancel(struct fetch *fetch)
{
    if (fetch->attempt)
        fetch->wire->cancel(fetch->wire, fetch);
    fetch->attempt = 0;
}

static bool is_worth_another(const struct fetch *fetch)
{
    return fetch->attempt < fetch->attempts &&
           (fetch->problem || fetch->status == 429 || fetch->status >= 500);
}

void fetch_answered(struct fetch *fetch)
{
    check(fetch->attempt > 0);
    if (is_worth_another(fetch)) {
        uint32_t delay_ms = pause_after(fetch, fetch->attempt++);
        fetch->problem = NULL;
        fetch->wire->send(fetch->wire, fetch, delay_ms);
        return;
    }
    fetch->attempt = 0;
    fetch->done(fetch);
}
