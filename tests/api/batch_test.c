/* Calls that start in one turn: they are signed together where the CPU gains by it, and must not
 * differ from those signed by themselves. */
#include "rig.h"

enum { COUNT = 150, BODY_MOST = 6000 };

static const char body[BODY_MOST];

static inia_call *submit(struct rig *rig, size_t i)
{
    inia_request sign = {.goal = INIA_SIGN, .user_data = (void *)(uintptr_t)i};
    if (i % 4)
        sign.body = inia_from_memory(body, i * 37 % BODY_MOST);
    inia_call *call = rig_submit(rig, i % 4 ? "PutObject" : "GetObject", "key", &sign);
    CHECK(call != NULL);
    return call;
}

static const char *header(const inia_call *call, const char *name)
{
    const inia_signed_request *request = call->signed_request;
    for (size_t i = 0; i < request->header_count; i++) {
        if (strcmp(request->headers[i].name, name) == 0)
            return request->headers[i].value;
    }
    FAIL("the request has no %s", name);
}

/* false: the second in which they were signed has passed. */
static bool are_alike(const inia_call *together, const inia_call *alone)
{
    if (strcmp(header(together, "x-amz-date"), header(alone, "x-amz-date")) != 0)
        return false;
    CHECK_TEXT(header(together, "authorization"), header(alone, "authorization"));
    CHECK_TEXT(header(together, "x-amz-content-sha256"), header(alone, "x-amz-content-sha256"));
    CHECK_EQ(together->signed_request->header_count, alone->signed_request->header_count);
    return true;
}

TEST(calls_of_one_turn_have_the_signatures_they_have_alone)
{
    struct rig rig;
    rig_begin(&rig);
    bool alike = false;
    for (int round = 0; !alike && round < 10; round++) {
        inia_call *together[COUNT];
        for (size_t i = 0; i < COUNT; i++)
            CHECK(submit(&rig, i) != NULL);
        for (size_t i = 0; i < COUNT; i++) {
            inia_call *call = rig_next(&rig);
            CHECK_EQ(call->status, INIA_OK);
            together[(uintptr_t)call->user_data] = call;
        }
        alike = true;
        for (size_t i = 0; i < COUNT; i++) {
            CHECK(submit(&rig, i) != NULL);
            inia_call *alone = rig_next(&rig);
            alike &= are_alike(together[i], alone);
            inia_release(alone);
            inia_release(together[i]);
        }
    }
    CHECK(alike);
    rig_end(&rig);
}

struct canceller {
    inia_call *calls[2];
};

static void cancel_others(void *arg, inia_credentials_query *query)
{
    static const inia_credentials credentials = {"AKID", "secret", NULL, 0};
    struct canceller *canceller = arg;
    inia_cancel(canceller->calls[0]);
    inia_cancel(canceller->calls[1]);
    inia_answer(query, &credentials);
}

TEST(calls_that_wait_to_be_signed_may_be_cancelled_by_a_provider)
{
    for (size_t count = 2; count <= 12; count += 5) {
        struct rig rig;
        struct canceller canceller;
        rig_begin(&rig);
        inia_client *static_client = rig.s3;
        for (size_t i = 0; i < count; i++) {
            inia_call *call = rig_get(&rig, "key");
            if (i < 2)
                canceller.calls[i] = call;
        }
        rig.s3 = rig_client(
            &rig, (inia_client_config){.provider = cancel_others, .provider_arg = &canceller});
        CHECK(rig_get(&rig, "key") != NULL);
        rig.s3 = static_client;
        rig_finish(&rig, count + 1);
        CHECK_EQ(rig.statuses[INIA_CANCELLED], 2);
        CHECK_EQ(rig.statuses[INIA_OK], count - 1);
        rig_end(&rig);
    }
}
