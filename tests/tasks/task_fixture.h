/*
 * An engine and a client whose calls end at signing, for which no server is needed. A check would
 * jump out of a task's stack: so tasks note what they see, and the test looks at it.
 */
#ifndef TESTS_TASKS_TASK_FIXTURE_H
#define TESTS_TASKS_TASK_FIXTURE_H

#include <inia/inia.h>

#include "tasks/tasks.h"
#include "test.h"

#include <string.h>

enum { MOST_NOTES = 64, MOST_TURNS = 100000 };

static inia_engine *engine;
static inia_client *client;
static inia_request head = {.goal = INIA_SIGN};
static const inia_param head_params[] = {{"Bucket", "b"}, {"Key", "k"}, {0}};
static char notes[MOST_NOTES + 1];
static size_t note_count;

static inline void note(char what)
{
    if (note_count < MOST_NOTES)
        notes[note_count++] = what;
    notes[note_count] = 0;
}

static inline void begin_with(const inia_engine_config *config)
{
    static const inia_credentials credentials = {"AKID", "secret", NULL, 0};
    inia_error error = {INIA_OK, ""};
    note_count = 0;
    notes[0] = 0;
    engine = inia_engine_new(config, &error);
    client = inia_client_new(
        engine,
        &(inia_client_config){
            .service = "s3",
            .region = "us-east-1",
            .credentials = &credentials,
            .no_verification = true},
        &error);
    head.operation = inia_find_operation(client, "HeadObject", &error);
    head.params = head_params;
    if (!head.operation)
        FAIL("cannot begin: %s", error.detail);
}

static inline void begin(void)
{
    begin_with(NULL);
}

/* Until no task and no call is left. */
static inline void finish(void)
{
    for (int turns = 0; inia_pending(engine) > 0; turns++) {
        CHECK(turns < MOST_TURNS);
        inia_wait(engine, NULL, 0, 1000);
    }
}

static inline void end(void)
{
    inia_engine_free(engine); /* checks that all memory is back */
    engine = NULL;
}

static inline inia_call *run_head(void)
{
    return inia_await(inia_submit(client, &head));
}

static inline bool is_good(const inia_call *call)
{
    return call->status == INIA_OK && call->signed_request;
}

#endif
