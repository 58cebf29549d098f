/*
 * A steady state allocates nothing: neither by the engine's own count nor by that of malloc, which
 * this program replaces. Sanitizers bring a malloc of their own: then only the engine's count is
 * looked at.
 */
#include "rig.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_MALLOC_OF_ITS_OWN
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__GLIBC__)
#define HAS_MALLOC_OF_ITS_OWN
#endif
#ifdef HAS_MALLOC_OF_ITS_OWN
enum { COUNTS_MALLOC = 0 };
#else
enum { COUNTS_MALLOC = 1 };
#endif

static _Thread_local uint64_t mallocs; /* of the test's thread: the server has its own */

#ifndef HAS_MALLOC_OF_ITS_OWN
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

__attribute__((visibility("default"))) void *malloc(size_t size)
{
    mallocs++;
    return __libc_malloc(size);
}

__attribute__((visibility("default"))) void *calloc(size_t count, size_t size)
{
    mallocs++;
    return __libc_calloc(count, size);
}

__attribute__((visibility("default"))) void *realloc(void *memory, size_t size)
{
    mallocs++;
    return __libc_realloc(memory, size);
}

__attribute__((visibility("default"))) void *aligned_alloc(size_t alignment, size_t size)
{
    mallocs++;
    return __libc_memalign(alignment, size);
}
#endif

enum { AT_ONCE = 20, WARM_UP = 50, MEASURED = 1000 };

static char body[8192], into[AT_ONCE][8192];

struct load {
    struct rig *rig;
    inia_request request;
    bool into_memory;
};

static void run_load(struct load *load, size_t calls)
{
    inia_engine *engine = load->rig->engine;
    size_t submitted = 0, finished = 0;
    while (finished < calls) {
        while (submitted < calls && submitted - finished < AT_ONCE) {
            if (load->into_memory)
                load->request.into = inia_to_memory(into[submitted % AT_ONCE], 8192);
            CHECK(inia_submit(load->rig->s3, &load->request) != NULL);
            submitted++;
        }
        inia_call *done[8];
        size_t count = inia_wait(engine, done, 8, RIG_PATIENCE_MS);
        for (size_t i = 0; i < count; i++) {
            CHECK_EQ(done[i]->status, INIA_OK);
            inia_release(done[i]);
        }
        finished += count;
    }
}

/* As many as there can be hold what they need at once: more is never wanted at a time. */
static void run_crowd(struct load *load)
{
    inia_call *done[AT_ONCE];
    for (size_t i = 0; i < AT_ONCE; i++) {
        if (load->into_memory)
            load->request.into = inia_to_memory(into[i], 8192);
        CHECK(inia_submit(load->rig->s3, &load->request) != NULL);
    }
    for (size_t finished = 0; finished < AT_ONCE;)
        finished +=
            inia_wait(load->rig->engine, done + finished, AT_ONCE - finished, RIG_PATIENCE_MS);
    for (size_t i = 0; i < AT_ONCE; i++) {
        CHECK_EQ(done[i]->status, INIA_OK);
        inia_release(done[i]);
    }
}

static void expect_allocations(struct load *load, uint64_t most_mallocs)
{
    uint64_t probe = mallocs;
    void *volatile probed = malloc(10);
    free(probed);
    CHECK(!COUNTS_MALLOC || mallocs == probe + 1); /* the counter counts */
    run_crowd(load);
    run_load(load, WARM_UP * AT_ONCE);
    inia_stats before, after;
    inia_engine_stats(load->rig->engine, &before);
    uint64_t mallocs_before = mallocs;
    run_load(load, MEASURED);
    uint64_t mallocs_after = mallocs;
    inia_engine_stats(load->rig->engine, &after);
    CHECK_EQ(after.calls_finished - before.calls_finished, MEASURED);
    CHECK_EQ(after.allocations - before.allocations, 0);
    CHECK(mallocs_after - mallocs_before <= most_mallocs);
}

static void expect_none_of(struct rig *rig, inia_request request, bool into_memory)
{
    struct load load = {rig, request, into_memory};
    expect_allocations(&load, 0);
}

TEST(getting_objects_allocates_nothing)
{
    struct rig rig;
    rig_begin(&rig);
    inia_param params[] = {{"Bucket", "b"}, {"Key", "size-8000"}, {0}};
    inia_request request = {.operation = rig_operation(&rig, "GetObject"), .params = params};
    expect_none_of(&rig, request, false);
    expect_none_of(&rig, request, true);
    params[1].value = "chunked-3000";
    expect_none_of(&rig, request, false);
    rig_end(&rig);
}

TEST(putting_objects_allocates_nothing)
{
    struct rig rig;
    rig_begin(&rig);
    inia_param params[] = {{"Bucket", "b"}, {"Key", "k"}, {0}};
    inia_request request = {
        .operation = rig_operation(&rig, "PutObject"),
        .params = params,
        .body = inia_from_memory(body, sizeof body)};
    expect_none_of(&rig, request, false);
    rig_end(&rig);
}

/* expat takes what it needs from malloc, nine times a document. */
TEST(listing_objects_allocates_nothing_but_what_the_XML_parser_does)
{
    struct rig rig;
    rig_begin(&rig);
    inia_param params[] = {{"Bucket", "b"}, {0}};
    inia_request request = {.operation = rig_operation(&rig, "ListObjectsV2"), .params = params};
    struct load load = {&rig, request, false};
    expect_allocations(&load, 9 * MEASURED);
    rig_end(&rig);
}

TEST(sending_messages_in_JSON_allocates_nothing)
{
    struct rig rig;
    rig_begin(&rig);
    rig.s3 = rig_client(&rig, (inia_client_config){.service = "sqs"});
    inia_request request = {
        .operation = rig_operation(&rig, "SendMessage"),
        .json = "{\"QueueUrl\":\"http://q/1/q\",\"MessageBody\":\"hello \\u00fc\"}"};
    expect_none_of(&rig, request, false);
    rig_end(&rig);
}

TEST(failing_calls_allocate_nothing_either)
{
    struct rig rig;
    rig_begin(&rig);
    inia_request bad = {0};
    uint64_t mallocs_before = 0;
    for (int i = 0; i < 2000; i++) {
        if (i == 1000)
            mallocs_before = mallocs;
        CHECK(inia_submit(rig.s3, &bad) != NULL);
        rig_finish(&rig, 1);
    }
    CHECK_EQ(mallocs - mallocs_before, 0);
    rig_end(&rig);
}
