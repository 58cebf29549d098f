#include "batch.h"

#include "call.h"

enum { BATCH_MOST = 64 };

/* Signed by steps, or, for whatever reason, by itself in the end. */
struct batch_entry {
    struct call *call; /* NULL: it left */
    bool together;     /* goes through the steps */
    bool hashes_body;
    text payload;
    unsigned char body_hash[SHA256_SIZE];
    struct sigv4_job job;
};

struct batch {
    struct budget *memory;
    bool open;
    size_t count;
    struct sha256_job jobs[BATCH_MOST];
    struct batch_entry entries[BATCH_MOST];
};

struct batch *batch_new(struct budget *memory)
{
    if (!sha256_lanes_are_faster())
        return NULL;
    struct batch *batch = budget_alloc(memory, sizeof *batch);
    if (!batch)
        return NULL;
    memset(batch, 0, sizeof *batch);
    batch->memory = memory;
    return batch;
}

void batch_free(struct batch *batch)
{
    if (!batch)
        return;
    check(!batch->open && batch->count == 0);
    budget_free(batch->memory, batch, sizeof *batch);
}

void batch_open(struct batch *batch)
{
    if (batch)
        batch->open = true;
}

void batch_close(struct batch *batch)
{
    if (!batch)
        return;
    batch_sign(batch);
    batch->open = false;
}

bool batch_join(struct batch *batch, struct call *call)
{
    if (!batch || !batch->open || batch_is_full(batch))
        return false;
    batch->entries[batch->count].call = call;
    call->place_in_batch = ++batch->count;
    return true;
}

void batch_leave(struct batch *batch, struct call *call)
{
    if (!call->place_in_batch)
        return;
    struct batch_entry *entry = &batch->entries[call->place_in_batch - 1];
    check(entry->call == call);
    entry->call = NULL;
    call->place_in_batch = 0;
}

bool batch_is_full(const struct batch *batch)
{
    return batch && batch->count == BATCH_MOST;
}

/* ---- Signing, step by step ------------------------------------------------------------------- */

static void hash_bodies(struct batch *batch)
{
    size_t count = 0;
    for (size_t i = 0; i < batch->count; i++) {
        struct batch_entry *entry = &batch->entries[i];
        entry->together = entry->call && call_complete_draft(entry->call);
        if (!entry->together)
            continue;
        text body = {NULL, 0};
        entry->payload = payload_for_signature(entry->call, &body);
        entry->hashes_body = body.size > 0;
        if (entry->hashes_body)
            batch->jobs[count++] = (struct sha256_job){.message = body, .digest = entry->body_hash};
    }
    sha256_lanes_run(batch->jobs, count);
}

static void begin(struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        struct batch_entry *entry = &batch->entries[i];
        if (!entry->together)
            continue;
        const unsigned char *hash = entry->hashes_body ? entry->body_hash : NULL;
        entry->together =
            call_begin_signature(entry->call, &entry->job, entry->payload, hash) == INIA_OK;
    }
}

/* Takes those that are signed together one step on, and hashes what they then need hashed. */
static void hash_next(struct batch *batch, void (*step)(struct sigv4_job *job))
{
    size_t count = 0;
    for (size_t i = 0; i < batch->count; i++) {
        struct batch_entry *entry = &batch->entries[i];
        if (!entry->together)
            continue;
        if (step)
            step(&entry->job);
        batch->jobs[count++] = entry->job.hashing;
    }
    sha256_lanes_run(batch->jobs, count);
}

/* A call's start may end it, and then the user's rewind() may cancel others. */
static void let_go(struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        struct batch_entry *entry = &batch->entries[i];
        if (entry->together)
            sigv4_job_end(&entry->job);
    }
    for (size_t i = 0; i < batch->count; i++) {
        struct call *call = batch->entries[i].call;
        if (!call)
            continue;
        batch_leave(batch, call);
        call_go_signed(call, batch->entries[i].together);
    }
}

void batch_sign(struct batch *batch)
{
    if (!batch || batch->count == 0)
        return;
    batch->open = false;
    if (batch->count >= SHA256_LANES_LEAST) {
        hash_bodies(batch);
        begin(batch);
        hash_next(batch, NULL);
        hash_next(batch, sigv4_job_sign);
        hash_next(batch, sigv4_job_sign_outer);
    } else {
        for (size_t i = 0; i < batch->count; i++)
            batch->entries[i].together = false;
    }
    let_go(batch);
    batch->count = 0;
    batch->open = true;
}
