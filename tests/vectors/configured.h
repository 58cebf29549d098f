/* configured: a client of a config file and variables that a test makes, whose requests are signed
 * and not sent. */
#ifndef VECTORS_CONFIGURED_H
#define VECTORS_CONFIGURED_H

#include <inia/inia.h>

#include "vectors.h"

#include <sys/stat.h>

struct stage {
    struct bench bench;
    inia_engine *engine;
    inia_client *client;
    inia_call *call;
    char file[64];
    inia_error error;
};

static inline void stage_init(struct stage *stage)
{
    *stage = (struct stage){.file = "/tmp/inia-configured-XXXXXX"};
    bench_init(&stage->bench);
    int fd = mkstemp(stage->file);
    CHECK(fd >= 0);
    close(fd);
    setenv("AWS_CONFIG_FILE", stage->file, 1);
    setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null", 1);
    unsetenv("AWS_PROFILE");
    unsetenv("AWS_DEFAULT_PROFILE");
    stage->engine = inia_engine_new(NULL, &stage->error);
    if (!stage->engine)
        FAIL("%s", stage->error.detail);
}

static inline void stage_release(struct stage *stage)
{
    inia_engine_free(stage->engine);
    unlink(stage->file);
    bench_release(&stage->bench);
}

static inline void stage_write_config(struct stage *stage, const char *lines)
{
    FILE *file = fopen(stage->file, "w");
    CHECK(file != NULL);
    fprintf(file, "[default]\n%s", lines);
    fclose(file);
}

static inline void stage_put_variable(const char *name, struct stage *stage, text value)
{
    if (value.size)
        setenv(name, arena_string(&stage->bench.arena, value), 1);
    else
        unsetenv(name);
}

/* The request that this comes to; NULL: refused, and why is in error. */
static inline const inia_signed_request *stage_sign(
    struct stage *stage, inia_client_config config, const char *operation, const char *json,
    inia_goal goal)
{
    config.no_verification = true; /* saves reading all certificates of the system */
    stage->client = inia_client_new(stage->engine, &config, &stage->error);
    stage->call = NULL;
    if (!stage->client)
        return NULL;
    inia_request request = {
        .operation = inia_find_operation(stage->client, operation, &stage->error),
        .json = json,
        .goal = goal};
    if (!request.operation)
        FAIL("%s", stage->error.detail);
    inia_call *call = inia_submit(stage->client, &request);
    CHECK(call != NULL);
    while (inia_wait(stage->engine, &call, 1, 10000) == 0)
        ;
    stage->call = call;
    snprintf(stage->error.detail, sizeof stage->error.detail, "%s", call->message);
    return call->status == INIA_OK ? call->signed_request : NULL;
}

static inline void stage_forget(struct stage *stage)
{
    if (stage->call)
        inia_release(stage->call);
    inia_client_free(stage->client);
    stage->call = NULL;
    stage->client = NULL;
}

static inline const char *stage_header(const inia_signed_request *request, const char *name)
{
    for (size_t i = 0; request && i < request->header_count; i++) {
        if (strcmp(request->headers[i].name, name) == 0)
            return request->headers[i].value;
    }
    return "";
}

static const inia_credentials stage_keys = {"AKID", "secret", NULL, 0};

#endif
