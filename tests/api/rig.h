/*
 * rig: a small server, an engine on the real ring and an S3 client for a test of the public
 * functions. Every call that a rig submits is counted when it finishes.
 */
#ifndef TESTS_API_RIG_H
#define TESTS_API_RIG_H

#include <inia/inia.h>

#include "small_server.h"
#include "test.h"

enum { RIG_PATIENCE_MS = 10000, RIG_STATUSES = 32 };

struct rig {
    struct server *server;
    char url[64];
    inia_engine *engine;
    inia_client *s3;
    size_t done;
    size_t statuses[RIG_STATUSES];
};

static struct server the_server; /* one at a time: it is large */

static inline inia_client *rig_client(struct rig *rig, inia_client_config config)
{
    static const inia_credentials credentials = {"AKID", "secret", NULL, 0};
    inia_error error = {INIA_OK, ""};
    if (!config.service)
        config.service = "s3";
    config.region = "us-east-1";
    config.endpoint_url = rig->url;
    config.no_verification = true; /* saves reading all certificates of the system */
    if (!config.provider && !config.credentials)
        config.credentials = &credentials;
    inia_client *client = inia_client_new(rig->engine, &config, &error);
    if (!client)
        FAIL("no client: %s", error.detail);
    return client;
}

static inline void rig_begin_with(
    struct rig *rig, const inia_engine_config *engine, inia_client_config client)
{
    inia_error error = {INIA_OK, ""};
    *rig = (struct rig){.server = &the_server};
    server_start(rig->server);
    snprintf(rig->url, sizeof rig->url, "http://127.0.0.1:%u", rig->server->port);
    rig->engine = inia_engine_new(engine, &error);
    if (!rig->engine)
        FAIL("no engine: %s", error.detail);
    rig->s3 = rig_client(rig, client);
}

static inline void rig_begin(struct rig *rig)
{
    rig_begin_with(rig, NULL, (inia_client_config){0});
}

static inline void rig_end(struct rig *rig)
{
    inia_engine_free(rig->engine);
    server_stop(rig->server);
}

static inline const inia_operation *rig_operation(struct rig *rig, const char *name)
{
    inia_error error = {INIA_OK, ""};
    const inia_operation *operation = inia_find_operation(rig->s3, name, &error);
    if (!operation)
        FAIL("no operation: %s", error.detail);
    return operation;
}

/* NULL: full. more may be NULL; its operation and params are filled in. */
static inline inia_call *rig_submit(
    struct rig *rig, const char *operation, const char *key, const inia_request *more)
{
    inia_request request = more ? *more : (inia_request){0};
    inia_param params[] = {{"Bucket", "b"}, {"Key", key}, {0}};
    request.operation = rig_operation(rig, operation);
    request.params = params;
    return inia_submit(rig->s3, &request);
}

static inline inia_call *rig_get(struct rig *rig, const char *key)
{
    inia_call *call = rig_submit(rig, "GetObject", key, NULL);
    CHECK(call != NULL);
    return call;
}

/* The next finished call. It is the caller's to release. */
static inline inia_call *rig_next(struct rig *rig)
{
    inia_call *call = NULL;
    uint64_t end = monotonic_ns() + RIG_PATIENCE_MS * 1000000ull;
    while (inia_wait(rig->engine, &call, 1, 100) == 0) {
        if (monotonic_ns() > end)
            FAIL("no call finishes; pending: %zu", inia_pending(rig->engine));
    }
    rig->done++;
    rig->statuses[call->status]++;
    return call;
}

static inline void rig_finish(struct rig *rig, size_t count)
{
    while (count-- > 0)
        inia_release(rig_next(rig));
}

/* As a program with a poll loop of its own: false when the descriptor stays silent for patience_ms.
 * on_done functions get the calls. */
static inline bool rig_poll(struct rig *rig, int patience_ms)
{
    struct pollfd watched = {.fd = inia_fd(rig->engine), .events = POLLIN};
    if (poll(&watched, 1, patience_ms) < 1)
        return false;
    inia_call *done[4];
    size_t count;
    do {
        count = inia_wait(rig->engine, done, 4, 0);
        for (size_t i = 0; i < count; i++) {
            rig->done++;
            rig->statuses[done[i]->status]++;
            inia_release(done[i]);
        }
    } while (count == 4);
    return true;
}

/* Only ever looks when the descriptor says so. */
static inline void rig_poll_until_done(struct rig *rig, size_t count)
{
    while (rig->done < count) {
        if (!rig_poll(rig, RIG_PATIENCE_MS))
            FAIL("the descriptor stays silent with %zu calls pending", inia_pending(rig->engine));
    }
    CHECK_EQ(rig->done, count);
}

#endif
