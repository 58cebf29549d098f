/*
 * fetch: one small HTTP request that a provider makes, tried again where that may help (no answer,
 * 429, 5xx), and its whole answer. How requests get to their host is a wire's business: over the
 * engine's pool (wire.h), or played back by a test. Or it is the contents of a local file, which
 * are read once.
 *
 *   if (!fetch_begin(&fetch, wire, arena, TEXT("GET"), url)) ... fetch.problem
 *   fetch_add(&fetch, TEXT("accept"), TEXT("application/json"));
 *   fetch.done = answered;
 *   fetch_send(&fetch);                     // -> answered(): fetch.problem, .status, .answer
 */
#ifndef IDENTITY_FETCH_H
#define IDENTITY_FETCH_H

#include "http/http.h"

enum {
    FETCH_HEADERS_MOST = 16,
    FETCH_ANSWER_MOST = 256 << 10, /* bytes */
    FETCH_TIMEOUT_MS = 5000,       /* of one attempt, unless a provider says otherwise */
    FETCH_ATTEMPTS = 3,
    FETCH_BACK_OFF_MS = 200, /* before the second attempt at most; doubled for each further one */
};

struct fetch;

struct identity_wire {
    struct random_source *random;
    /* Sends it once delay_ms have passed; tells how it ended by fetch_answered(), once. */
    void (*send)(struct identity_wire *wire, struct fetch *fetch, uint32_t delay_ms);
    /* Nothing of it is heard any more, and the fetch's memory is not touched again. */
    void (*cancel)(struct identity_wire *wire, struct fetch *fetch);
};

/* Embedded in its owner. */
struct fetch {
    struct identity_wire *wire;
    struct arena *arena; /* of request and answer */
    struct http_header headers[FETCH_HEADERS_MOST];
    struct http_draft draft; /* host is there; Content-Length and User-Agent are the wire's */
    const char *file;        /* instead of all but arena; NULL: it is a request */
    text host;
    uint16_t port;
    bool secure;
    text body;
    struct net_trust *trust;      /* for https */
    struct http_proxies *proxies; /* NULL: directly */
    uint32_t timeout_ms, attempts;
    void (*done)(struct fetch *fetch); /* the owner's */

    const char *problem; /* NULL: an answer came, of whatever status; valid during done() */
    int status;
    int64_t date_s; /* when that was, by the server's clock; 0: it did not say */
    text answer;    /* ends in a NUL */

    uint32_t attempt; /* from 1; 0: it is not underway */
    void *request;    /* the wire's */
};

/* false, with problem: the URL is none, or there is no memory. url must stay. */
bool fetch_begin(
    struct fetch *fetch, struct identity_wire *wire, struct arena *arena, text method,
    text url) MUST_USE;
/* The file's whole contents, without white space around them, are the answer; path must stay. */
void fetch_begin_file(
    struct fetch *fetch, struct identity_wire *wire, struct arena *arena, const char *path);
/* false: no memory, or the value would break the head. Names in lower case. */
bool fetch_add(struct fetch *fetch, text name, text value) MUST_USE;
void fetch_send(struct fetch *fetch);
/* In done(): the same once more after a pause, which grows with repeats, from 1. */
void fetch_repeat(struct fetch *fetch, uint32_t repeats);
void fetch_cancel(struct fetch *fetch); /* no harm if it is not underway */

/* For the wire: problem (valid during the call) or status and answer are set. */
void fetch_answered(struct fetch *fetch);

#endif
