/*
 * world_http: a scripted HTTP/1.1 server. It reads requests, minimally and trustingly, and answers
 * each from a callback; answers of one connection leave in order.
 *
 *     static void answer(const struct world_http_request *request, struct world_http_answer
 * *answer, void *arg)
 *     {
 *         answer->status = 200;
 *         answer->body = "{}";
 *         answer->body_size = 2;
 *     }
 *     struct world_http http = {.answer = answer};
 *     world_http_listen(&http, "10.0.0.1", 80);
 *     world_fault_next(http.endpoint, ...);
 */
#ifndef WORLD_WORLD_HTTP_H
#define WORLD_WORLD_HTTP_H

#include "world.h"

/* All of it is valid during the callback only. */
struct world_http_request {
    const char *method, *target;
    const char *headers; /* lines as they came, each with its CRLF; a C string */
    const char *body;    /* without chunking; may hold NULs; a NUL follows it */
    size_t body_size;
    uint32_t connection; /* 1, 2, ... of this endpoint */
    uint32_t number;     /* 1, 2, ... on this connection */
    uint64_t total;      /* 1, 2, ... of this server */
};

struct world_http_answer {
    int status;          /* 200 */
    const char *reason;  /* "OK" */
    const char *headers; /* further lines, each with its CRLF; NULL: none */
    const char *body;
    size_t body_size;
    uint64_t delay_ns;      /* before the head */
    uint64_t body_delay_ns; /* between head and body */
    bool chunked;           /* in chunks of random sizes */
    bool until_close;       /* neither length nor chunks: the end of the connection ends it */
    bool close;             /* "Connection: close", and so it does */
    bool hang;              /* no answer at all */
    bool reset;             /* no answer but a reset */
    bool cut;               /* the connection ends after cut_at bytes of the body */
    size_t cut_at;
    const char
        *raw; /* instead of all above but the delay: these very bytes, raw_size of them ... */
    size_t raw_size;
};

struct world_http {
    /* What answer holds is copied when it returns. */
    void (*answer)(
        const struct world_http_request *request, struct world_http_answer *answer, void *arg);
    void *arg;
    bool answers_early; /* once it has the head, with body NULL; then it hears no more of it */
    /* Filled by the world: */
    struct world_endpoint *endpoint;
    uint64_t requests;
    uint64_t continues; /* "100 Continue" sent, as asked by Expect */
};

/* http must last as long as the world. */
void world_http_listen(struct world_http *http, const char *ip, uint16_t port);

/* The value of the first header of this name, any case; false: there is none, value is empty. */
bool world_http_header(
    const struct world_http_request *request, const char *name, char *value, size_t size);

#endif
