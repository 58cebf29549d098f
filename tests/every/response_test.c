/* Responses that do not fit what the model promises: a reason that says where, and never a crash.
 */
#include "answer.h"
#include "protocols/protocols.h"
#include "sample.h"
#include "test.h"

#include <stdlib.h>

enum { OPERATIONS = 20, MUTATIONS = 60, NESTED = 100000 };

struct bench {
    struct budget memory;
    struct slab blocks;
    struct arena kept, once, parsed;
    struct protocol_readers readers;
    struct random_source random;
    struct model *model;
    struct sampler sampler;
    size_t good, bad, errors;
};

static const char *const services[] = {
    "dynamodb", "lambda", "s3", "route53", "iam", "ec2", "partnercentral-revenue-measurement"};

static void bench_begin(struct bench *bench)
{
    *bench = (struct bench){0};
    budget_init(&bench->memory, 512 << 20);
    slab_init(&bench->blocks, &bench->memory, ARENA_BLOCK_SIZE, 64);
    arena_init(&bench->kept, &bench->blocks);
    arena_init(&bench->once, &bench->blocks);
    arena_init(&bench->parsed, &bench->blocks);
    random_init(&bench->random, 77);
    CHECK(protocol_readers_init(&bench->readers));
}

static void bench_open(struct bench *bench, const char *service)
{
    inia_error error = {INIA_OK, ""};
    model_free(bench->model);
    arena_clear(&bench->kept);
    bench->model = model_load(NULL, text_of(service), (text){NULL, 0}, &error);
    if (!bench->model)
        FAIL("%s", error.detail);
    sampler_init(&bench->sampler, bench->model, bench->model->protocol, &bench->kept, &bench->once);
}

static void bench_end(struct bench *bench)
{
    model_free(bench->model);
    protocol_readers_release(&bench->readers);
    arena_release(&bench->kept);
    arena_release(&bench->once);
    arena_release(&bench->parsed);
    slab_release(&bench->blocks);
}

static const struct protocol_plan *plan_of(
    struct bench *bench, const struct model_operation *operation)
{
    inia_error error = {INIA_OK, ""};
    const struct protocol_plan *plan =
        protocol_plan_new(operation, MODEL_PROTOCOL_NONE, &bench->kept, &error);
    CHECK(plan != NULL);
    return plan;
}

static struct http_response response_of(struct bench *bench, const struct answer *answer)
{
    struct http_response response = {.status = answer->status, .reason = TEXT("")};
    size_t count = answer->headers->count;
    response.headers = arena_alloc(&bench->once, (count + 1) * sizeof *response.headers);
    CHECK(response.headers != NULL);
    response.header_count = count;
    for (size_t i = 0; i < count; i++)
        response.headers[i] = (struct http_header){
            arena_copy(&bench->once, answer->headers->names[i]),
            arena_copy(&bench->once, answer->headers->items[i].string)};
    return response;
}

/* Good or bad, all that is said about it must be sound. */
static inia_status parse(
    struct bench *bench, const struct protocol_plan *plan, const struct http_response *response,
    text body, inia_error *error)
{
    struct protocol_output output;
    struct json_problem problem;
    *error = (inia_error){INIA_OK, ""};
    arena_clear(&bench->parsed);
    inia_status status =
        protocol_parse(plan, &bench->readers, response, body, &bench->parsed, &output, error);
    if (status == INIA_OK) {
        if (!json_parse(bench->readers.json, output.json, &bench->parsed, &problem))
            FAIL(
                "%.*s: %s in %s", TEXT_ARGS(plan->operation->name), problem.what, output.json.data);
        bench->errors += output.is_error;
        bench->good += !output.is_error;
        return status;
    }
    CHECK_EQ(status, INIA_BAD_RESPONSE);
    CHECK_EQ(error->status, INIA_BAD_RESPONSE);
    text line = text_of(error->detail);
    CHECK(text_starts_with(line, TEXT("the response to ")));
    CHECK(text_find_text(line, plan->operation->name) != SIZE_MAX);
    CHECK(text_find(line, '\n') == line.size);
    bench->bad++;
    return status;
}

static void mutate(struct bench *bench, char *body, size_t size)
{
    static const char others[] = "<>/&;\"{}[],:0-.eE\\\x00\x80\xFF\xBF\xA1\x9F\x1B";
    for (size_t changes = 1 + random_below(&bench->random, 3); size && changes > 0; changes--)
        body[random_below(&bench->random, size)] =
            others[random_below(&bench->random, sizeof others - 1)];
}

static void break_operation(struct bench *bench, const struct model_operation *operation)
{
    inia_error error;
    const struct protocol_plan *plan = plan_of(bench, operation);
    struct json_value *output = sample_output(&bench->sampler, operation, operation->output);
    struct answer answer = {
        .operation = operation, .protocol = bench->model->protocol, .arena = &bench->once};
    answer_write(&answer, output, TEXT(""));
    struct http_response response = response_of(bench, &answer);
    char *copy = arena_alloc(&bench->once, answer.body.size + 1);
    CHECK(copy != NULL);
    CHECK_EQ(parse(bench, plan, &response, buffer_text(&answer.body), &error), INIA_OK);
    for (size_t i = 0; i < MUTATIONS; i++) {
        size_t size = answer.body.size;
        if (size)
            memcpy(copy, answer.body.data, size);
        if (i % 4 == 0 && size)
            size = random_below(&bench->random, size);
        else
            mutate(bench, copy, size);
        response.status = i % 10 == 9 ? 500 : answer.status;
        (void)parse(bench, plan, &response, (text){copy, size}, &error);
    }
    arena_clear(&bench->once);
}

TEST(a_response_with_changed_bytes_is_refused_with_the_place_or_read)
{
    struct bench bench;
    bench_begin(&bench);
    for (size_t s = 0; s < COUNT_OF(services); s++) {
        bench_open(&bench, services[s]);
        size_t count = bench.model->operation_count;
        for (size_t i = 0; i < count && i < OPERATIONS; i++)
            break_operation(&bench, &bench.model->operations[i * 7 % count]);
    }
    CHECK(bench.good > 100 && bench.bad > 100 && bench.errors > 100);
    bench_end(&bench);
}

/* ---- Chosen ones ---------------------------------------------------------------------------- */

struct bad {
    const char *service, *operation, *body, *why;
};

static void check_bad(struct bench *bench, const struct bad *bad, text body)
{
    struct http_response response = {.status = 200, .reason = TEXT("")};
    inia_error error;
    bench_open(bench, bad->service);
    const struct model_operation *operation =
        model_find_operation(bench->model, text_of(bad->operation));
    CHECK(operation != NULL);
    const struct protocol_plan *plan = plan_of(bench, operation);
    inia_status status = parse(bench, plan, &response, body, &error);
    if (status != INIA_BAD_RESPONSE || !strstr(error.detail, bad->why))
        FAIL(
            "%s %.60s: %s, '%s'", bad->operation, bad->body, inia_status_name(status),
            error.detail);
}

TEST(a_response_of_another_shape_is_refused_with_the_member)
{
    static const struct bad all[] = {
        {"dynamodb", "ListTables", "{\"TableNames\":{}}", "TableNames: not a list"},
        {"dynamodb", "ListTables", "[]", "not an object"},
        {"dynamodb", "ListTables", "{\"TableNames\":[\"a\"", ""},
        {"dynamodb", "DescribeTable", "{\"Table\":{\"CreationDateTime\":\"soon\"}}", "timestamp"},
        {"dynamodb", "DescribeTable", "{\"Table\":{\"ItemCount\":[1]}}", "Table"},
        {"lambda", "GetFunction", "{\"Configuration\":7}", "Configuration: not an object"},
        {"lambda", "ListFunctions", "{\"Functions\":[[]]}", "Functions"},
        {"s3", "ListBuckets", "<R><Buckets><Bucket>", ""},
        {"s3", "ListObjectsV2", "<R><KeyCount>many</KeyCount></R>", "KeyCount: not a number"},
        {"s3", "ListObjectsV2", "<R><IsTruncated>perhaps</IsTruncated></R>", "IsTruncated"},
        {"iam", "GetUser",
         "<R><GetUserResult><User><CreateDate>soon</CreateDate></User></GetUserResult></R>",
         "timestamp"},
        {"ec2", "DescribeInstances", "{}", ""},
        {"partnercentral-revenue-measurement", "GetRevenueAttribution", "\xA1\x63", ""},
    };
    struct bench bench;
    bench_begin(&bench);
    for (size_t i = 0; i < COUNT_OF(all); i++)
        check_bad(&bench, &all[i], text_of(all[i].body));
    bench_end(&bench);
}

TEST(external_entities_and_doctypes_are_refused)
{
    static const struct bad all[] = {
        {"s3", "ListBuckets",
         "<!DOCTYPE R [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><R><Owner>&x;</Owner></R>", ""},
        {"iam", "GetUser", "<!DOCTYPE R SYSTEM \"http://127.0.0.1/x.dtd\"><R></R>", ""},
        {"ec2", "DescribeInstances",
         "<!DOCTYPE R [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]><R>&b;</R>", ""},
    };
    struct bench bench;
    bench_begin(&bench);
    for (size_t i = 0; i < COUNT_OF(all); i++)
        check_bad(&bench, &all[i], text_of(all[i].body));
    bench_end(&bench);
}

static text nested(struct bench *bench, const char *start, const char *open)
{
    struct buffer out;
    buffer_init(&out, &bench->once);
    buffer_add(&out, text_of(start));
    for (size_t i = 0; i < NESTED; i++)
        buffer_add(&out, text_of(open));
    CHECK(buffer_string(&out) != NULL);
    return buffer_text(&out);
}

TEST(what_is_nested_too_deep_is_refused)
{
    static const struct {
        struct bad bad;
        const char *open;
    } all[] = {
        {{"dynamodb", "GetItem", "{\"Item\":{\"a\":", ""}, "{\"M\":{\"a\":"},
        {{"lambda", "GetFunction", "", ""}, "["},
        {{"s3", "ListBuckets", "<R>", ""}, "<a>"},
        {{"iam", "GetUser", "<R>", ""}, "<GetUserResult>"},
        {{"partnercentral-revenue-measurement", "GetRevenueAttribution", "", ""}, "\x81"},
        {{"partnercentral-revenue-measurement", "GetRevenueAttribution", "", ""}, "\x9F"},
    };
    struct bench bench;
    bench_begin(&bench);
    for (size_t i = 0; i < COUNT_OF(all); i++)
        check_bad(&bench, &all[i].bad, nested(&bench, all[i].bad.body, all[i].open));
    bench_end(&bench);
}

TEST(huge_numbers_are_passed_on_as_they_came_or_refused)
{
    static const char *const bodies[] = {
        "{\"Table\":{\"ItemCount\":123456789012345678901234567890123456789012345678901234567890}}",
        "{\"Table\":{\"ItemCount\":1e99999}}",
        "{\"Table\":{\"CreationDateTime\":1e300}}",
        "{\"Table\":{\"CreationDateTime\":-99999999999999999999}}",
    };
    struct bench bench;
    struct http_response response = {.status = 200, .reason = TEXT("")};
    inia_error error;
    bench_begin(&bench);
    bench_open(&bench, "dynamodb");
    const struct protocol_plan *plan =
        plan_of(&bench, model_find_operation(bench.model, TEXT("DescribeTable")));
    for (size_t i = 0; i < COUNT_OF(bodies); i++)
        (void)parse(&bench, plan, &response, text_of(bodies[i]), &error);
    CHECK_EQ(bench.good + bench.bad, COUNT_OF(bodies));
    CHECK(bench.bad >= 2);
    bench_end(&bench);
}
