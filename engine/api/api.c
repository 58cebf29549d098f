#include "api.h"

#include "tasks/tasks.h"

#include <stdlib.h>

const char *inia_status_name(inia_status status)
{
    static const char *const names[] = {
        [INIA_OK] = "INIA_OK",
        [INIA_SERVICE_ERROR] = "INIA_SERVICE_ERROR",
        [INIA_CANCELLED] = "INIA_CANCELLED",
        [INIA_TIMED_OUT] = "INIA_TIMED_OUT",
        [INIA_BAD_REQUEST] = "INIA_BAD_REQUEST",
        [INIA_NO_CREDENTIALS] = "INIA_NO_CREDENTIALS",
        [INIA_CONNECT_FAILED] = "INIA_CONNECT_FAILED",
        [INIA_CONNECTION_LOST] = "INIA_CONNECTION_LOST",
        [INIA_BAD_RESPONSE] = "INIA_BAD_RESPONSE",
        [INIA_BODY_FAILED] = "INIA_BODY_FAILED",
        [INIA_TOO_LARGE] = "INIA_TOO_LARGE",
        [INIA_BAD_CONFIG] = "INIA_BAD_CONFIG",
        [INIA_NO_MEMORY] = "INIA_NO_MEMORY",
        [INIA_UNSUPPORTED] = "INIA_UNSUPPORTED",
        [INIA_WAIT_FAILED] = "INIA_WAIT_FAILED",
    };
    size_t index = (size_t)status;
    return index < COUNT_OF(names) ? names[index] : "an unknown inia_status";
}

static bool all_zero(const uint64_t *reserved, size_t count)
{
    uint64_t any = 0;
    for (size_t i = 0; i < count; i++)
        any |= reserved[i];
    return any == 0;
}

/* ---- Engine ------------------------------------------------------------------------------- */

inia_engine *inia_engine_new(const inia_engine_config *config, inia_error *error)
{
    static const inia_engine_config defaults;
    if (!config)
        config = &defaults;
    if (!all_zero(config->reserved, COUNT_OF(config->reserved))) {
        error_set(
            error, INIA_BAD_CONFIG,
            "inia_engine_config: a reserved field is not zero: a newer program on an older inia?");
        return NULL;
    }
    if (config->task_stack && config->task_stack < STACK_LEAST) {
        error_set(
            error, INIA_BAD_CONFIG, "inia_engine_config: a task_stack of %zu bytes: at least %d",
            config->task_stack, STACK_LEAST);
        return NULL;
    }
    return engine_new(config, error);
}

void inia_engine_free(inia_engine *engine)
{
    if (engine)
        tasks_end(engine);
    engine_free(engine);
}

size_t inia_wait(inia_engine *engine, inia_call **done, size_t max, int timeout_ms)
{
    return engine_wait(engine, done, done ? max : 0, timeout_ms);
}

int inia_fd(inia_engine *engine)
{
    return ring_fd(engine->ring);
}

size_t inia_pending(const inia_engine *engine)
{
    return engine_pending(engine);
}

void inia_engine_stats(const inia_engine *engine, inia_stats *stats)
{
    engine_stats(engine, stats);
}

void inia_client_load(const inia_client *client, inia_load *load)
{
    client_load(client, load);
}

void inia_wake(inia_engine *engine)
{
    engine_wake(engine);
}

void inia_post(inia_engine *engine, inia_message *message)
{
    engine_post(engine, message);
}

/* ---- Client ------------------------------------------------------------------------------- */

struct answer {
    inia_credentials_query *query;
    const inia_credentials *credentials;
};

static void answer(void *arg)
{
    struct answer *answer = arg;
    client_answer(answer->query, answer->credentials);
}

void inia_answer(inia_credentials_query *query, const inia_credentials *credentials)
{
    inia_engine *engine = CONTAINER_OF(query, struct inia_client, query)->engine;
    task_outside(engine, answer, &(struct answer){query, credentials});
}

struct mfa_answer {
    inia_mfa_query *query;
    const char *code;
};

static void answer_mfa(void *arg)
{
    struct mfa_answer *answer = arg;
    client_answer_mfa(answer->query, answer->code);
}

void inia_answer_mfa(inia_mfa_query *query, const char *code)
{
    inia_engine *engine = CONTAINER_OF(query, struct inia_client, mfa_query)->engine;
    task_outside(engine, answer_mfa, &(struct mfa_answer){query, code});
}

struct new_client {
    inia_engine *engine;
    const inia_client_config *config;
    inia_error *error;
    inia_client *client;
};

static void make_client(void *arg)
{
    struct new_client *new = arg;
    new->client = client_new(new->engine, new->config, new->error);
}

inia_client *inia_client_new(
    inia_engine *engine, const inia_client_config *config, inia_error *error)
{
    if (!engine)
        return NULL;
    if (!all_zero(config->reserved, COUNT_OF(config->reserved))) {
        error_set(
            error, INIA_BAD_CONFIG,
            "inia_client_config: a reserved field is not zero: a newer program on an older inia?");
        return NULL;
    }
    struct new_client new = {.engine = engine, .config = config, .error = error};
    task_outside(engine, make_client, &new);
    return new.client;
}

void inia_client_free(inia_client *client)
{
    bool is_called_inside_a_task = client && task_running(client->engine);
    check(!is_called_inside_a_task);
    client_free(client);
}

struct search {
    inia_client *client;
    const char *name;
    inia_error *error;
    const inia_operation *operation;
    const inia_waiter *waiter;
};

static void find_operation(void *arg)
{
    struct search *search = arg;
    search->operation = client_find_operation(search->client, text_of(search->name), search->error);
}

const inia_operation *inia_find_operation(inia_client *client, const char *name, inia_error *error)
{
    struct search search = {.client = client, .name = name, .error = error};
    if (client)
        task_outside(client->engine, find_operation, &search);
    return search.operation;
}

static void find_waiter(void *arg)
{
    struct search *search = arg;
    search->waiter = client_find_waiter(search->client, text_of(search->name), search->error);
}

const inia_waiter *inia_find_waiter(inia_client *client, const char *name, inia_error *error)
{
    struct search search = {.client = client, .name = name, .error = error};
    if (client)
        task_outside(client->engine, find_waiter, &search);
    return search.waiter;
}

/* ---- Bodies ------------------------------------------------------------------------------- */

inia_source inia_from_memory(const void *data, size_t size)
{
    return (inia_source){.place = INIA_MEMORY, .data = data, .size = size};
}

inia_source inia_from_file(int fd, uint64_t offset, uint64_t size)
{
    return (inia_source){.place = INIA_FILE, .fd = fd, .offset = offset, .size = size};
}

inia_source inia_from_stream(
    ssize_t (*read)(void *, void *, size_t), bool (*rewind)(void *), void *arg, uint64_t size)
{
    return (inia_source){
        .place = INIA_STREAM, .read = read, .rewind = rewind, .arg = arg, .size = size};
}

inia_sink inia_to_memory(void *data, size_t capacity)
{
    return (inia_sink){.place = INIA_MEMORY, .data = data, .capacity = capacity};
}

inia_sink inia_to_file(int fd, uint64_t offset)
{
    return (inia_sink){.place = INIA_FILE, .fd = fd, .offset = offset};
}

inia_sink inia_to_stream(ssize_t (*write)(void *, const void *, size_t), void *arg)
{
    return (inia_sink){.place = INIA_STREAM, .write = write, .arg = arg};
}

inia_sink inia_to_events(ssize_t (*take)(void *, const inia_event *), void *arg)
{
    return (inia_sink){.place = INIA_EVENTS, .take = take, .arg = arg};
}

/* ---- Calls -------------------------------------------------------------------------------- */

inia_call *inia_submit(inia_client *client, const inia_request *request)
{
    struct task *task = task_running(client->engine);
    return task ? task_submit(task, client, request) : call_submit(client, request);
}

void inia_hand_off(inia_handoff *handoff)
{
    engine_hand_off(handoff);
}

static void cancel(void *call)
{
    call_cancel(call);
}

void inia_cancel(inia_call *call)
{
    task_outside(call_of(call)->engine, cancel, call_of(call));
}

void inia_release(inia_call *call)
{
    if (call)
        call_release(call_of(call));
}

struct turning {
    inia_call *call;
    bool again;
};

static void turn_page(void *arg)
{
    struct turning *turning = arg;
    turning->again = call_next_page(call_of(turning->call));
}

bool inia_next_page(inia_call *call)
{
    struct turning turning = {.call = call};
    task_outside(call_of(call)->engine, turn_page, &turning);
    return turning.again;
}

static void resume(void *call)
{
    call_resume(call);
}

void inia_resume(inia_call *call)
{
    task_outside(call_of(call)->engine, resume, call_of(call));
}

struct reading {
    inia_call *call;
    const char *path, *value;
};

static void get(void *arg)
{
    struct reading *reading = arg;
    reading->value = call_get(call_of(reading->call), reading->path);
}

const char *inia_get(inia_call *call, const char *path)
{
    struct reading reading = {.call = call, .path = path};
    task_outside(call_of(call)->engine, get, &reading);
    return reading.value;
}

const char *inia_get_header(const inia_call *call, const char *name)
{
    return call_get_header(call_of(call), name);
}

bool inia_streams_output(const inia_operation *operation)
{
    return operation && operation->plan->streaming_output;
}

bool inia_is_paginated(const inia_operation *operation)
{
    return operation && operation->paginator;
}

bool inia_streams_events(const inia_operation *operation)
{
    return operation && operation->plan->event_stream_output;
}
