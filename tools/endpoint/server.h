/*
 * server: all of the endpoint that runs: one ring, its listeners and connections, and what the
 * services keep. One thread.
 */
#ifndef ENDPOINT_SERVER_H
#define ENDPOINT_SERVER_H

#include "authority.h"
#include "echo.h"
#include "faults.h"
#include "formats/formats.h"
#include "net/net.h"
#include "options.h"
#include "sqs_queue.h"
#include "store.h"
#include "verify.h"

struct request;

struct server_counters {
    uint64_t connections, requests;
    uint64_t answers_2xx, answers_3xx, answers_4xx, answers_5xx;
    uint64_t bytes_in, bytes_out; /* of bodies */
    uint64_t faults;
};

struct server {
    struct options options;
    struct authority authority;
    struct budget memory;
    struct log log;
    struct ring *ring;
    struct net *net;
    struct net_identity *identity; /* NULL: no TLS */
    struct ring_listener plain, secure;
    bool is_listening, is_listening_secure;
    struct slab connection_slab, blocks, pages;
    struct list connections;
    struct ring_timer sweep; /* closes what is idle */
    struct json_parser *json;
    struct xml_parser *xml;
    struct store store;
    struct queues queues;
    struct verifier verifier;
    struct faults faults;
    struct echo echo;
    struct random_source random;
    struct server_counters counters;
    uint64_t request_number;
    int64_t common_s; /* the second that common was written for */
    size_t common_size;
    char common[256];
    bool is_stopping;
};

/* false: said on stderr why. Release it even so. */
bool server_init(struct server *server, const struct options *options) MUST_USE;
void server_run(struct server *server);  /* until server_stop() */
void server_stop(struct server *server); /* signal-safe */
void server_release(struct server *server);

/* "Date: ...\r\n" and so on, up to where the number of the request belongs. */
text server_common_fields(struct server *server);

/* Counts and logs the answer to a request. */
void server_count(struct server *server, const struct request *request);

static inline int64_t server_now_ms(const struct server *server)
{
    return ring_wall_ms(server->ring);
}

#endif
