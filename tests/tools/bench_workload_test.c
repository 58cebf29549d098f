#include "inia/bench_workload.h"

#include "test.h"

#include <string.h>

static struct bench_job job;
static inia_param params[BENCH_MAX_PARAMS + 1];

static void open_job(const char *workload, uint64_t size)
{
    CHECK(bench_job_init(&job, bench_workload_find(workload), "bucket", NULL, 3, size));
}

TEST(every_workload_has_a_name_an_operation_and_actions)
{
    const struct bench_workload *workload;
    for (size_t i = 0; (workload = bench_workload_at(i)); i++) {
        CHECK(bench_workload_find(workload->name) == workload);
        CHECK(workload->round >= 1 && workload->round <= BENCH_ROUND);
        for (uint64_t serial = 0; serial < workload->round; serial++)
            CHECK(bench_action_operation(bench_workload_action(workload, serial)) != NULL);
    }
    CHECK(bench_workload_find("fetch") == NULL);
}

TEST(requests_go_round_the_objects)
{
    open_job("get", 10);
    for (uint64_t serial = 0; serial < 6; serial++) {
        inia_request request = {0};
        bench_job_fill(&job, serial, &request, params);
        CHECK(request.params == params);
        CHECK_TEXT(params[0].value, "bucket");
        CHECK_TEXT(params[1].name, "Key");
        CHECK_TEXT(params[1].value, job.keys[serial % 3]);
        CHECK(params[2].name == NULL);
    }
    bench_job_release(&job);
}

TEST(a_put_sends_the_body_of_the_size_asked_for)
{
    open_job("put", 100);
    inia_request request = {0};
    bench_job_fill(&job, 0, &request, params);
    CHECK_EQ(request.body.size, 100);
    CHECK(request.body.data == job.body);
    CHECK_EQ(strlen(job.body), 100);
    bench_job_release(&job);
}

TEST(mixed_has_the_shares_it_says)
{
    const struct bench_workload *mixed = bench_workload_find("mixed");
    unsigned counts[BENCH_ACTIONS] = {0};
    for (uint64_t serial = 0; serial < 100; serial++)
        counts[bench_workload_action(mixed, serial)]++;
    CHECK_EQ(counts[BENCH_GET], 45);
    CHECK_EQ(counts[BENCH_HEAD], 30);
    CHECK_EQ(counts[BENCH_PUT], 15);
    CHECK_EQ(counts[BENCH_DELETE], 10);
}

TEST(a_batch_is_json_of_ten_messages)
{
    open_job("sqs-send-batch", 4);
    CHECK_EQ(
        strncmp(job.batch_json, "{\"Entries\":[{\"Id\":\"m0\",\"MessageBody\":\"abcd\"}", 44), 0);
    size_t size = strlen(job.batch_json);
    CHECK_TEXT(job.batch_json + size - 35, ",{\"Id\":\"m9\",\"MessageBody\":\"abcd\"}]}");
    bench_job_release(&job);
}
