/* botocore's tables for single functions of the rules. */
#include "endpoints/functions.h"
#include "formats/json.h"

#include "test.h"

#include <stdio.h>
#include <stdlib.h>

struct bench {
    struct budget budget;
    struct slab blocks;
    struct arena arena;
    struct json_parser *parser;
    const struct json_value *tables;
};

static void bench_init(struct bench *bench)
{
    char path[512];
    size_t size;
    struct json_problem problem;
    budget_init(&bench->budget, 1UL << 30);
    slab_init(&bench->blocks, &bench->budget, ARENA_BLOCK_SIZE, 64);
    arena_init(&bench->arena, &bench->blocks);
    bench->parser = json_parser_new();
    snprintf(path, sizeof path, "%s/endpoints/unit/botocore-tables.json", test_vectors());
    char *bytes = test_read_file(path, &size);
    bench->tables = json_parse(bench->parser, text_from(bytes, size), &bench->arena, &problem);
    free(bytes);
    CHECK(bench->tables != NULL);
}

static void bench_release(struct bench *bench)
{
    json_parser_free(bench->parser);
    arena_release(&bench->arena);
    slab_release(&bench->blocks);
}

static bool resource_fits(const struct json_value *wanted, const struct arn *arn)
{
    const struct json_value *list = json_member(wanted, TEXT("resourceId"));
    if (!json_is(list, JSON_LIST) || list->count != arn->resource_count)
        return false;
    for (uint32_t i = 0; i < list->count; i++) {
        if (!text_equals(json_text(&list->items[i]), arn->resource[i]))
            return false;
    }
    return text_equals(json_text(json_member(wanted, TEXT("service"))), arn->service) &&
           text_equals(json_text(json_member(wanted, TEXT("region"))), arn->region) &&
           text_equals(json_text(json_member(wanted, TEXT("accountId"))), arn->account_id) &&
           text_equals(json_text(json_member(wanted, TEXT("partition"))), arn->partition);
}

TEST(arns_are_split_as_botocore_splits_them)
{
    struct bench bench;
    uint32_t passed = 0;
    bench_init(&bench);
    const struct json_value *cases = json_member(bench.tables, TEXT("test_parse_arn_delimiters"));
    CHECK(json_is(cases, JSON_LIST));
    for (uint32_t i = 0; i < cases->count; i++) {
        struct arn arn;
        bool known;
        text written = json_text(json_member(&cases->items[i], TEXT("arn")));
        CHECK(arn_parse(&arn, written, &bench.arena, &known) && known);
        passed += resource_fits(json_member(&cases->items[i], TEXT("expected_resource_id")), &arn);
    }
    printf("endpoints/arn-table: %u/%u\n", passed, cases->count);
    CHECK_EQ(passed, cases->count);
    bench_release(&bench);
}

TEST(buckets_are_host_names_where_botocore_thinks_so)
{
    struct bench bench;
    uint32_t passed = 0;
    bench_init(&bench);
    const struct json_value *cases =
        json_member(bench.tables, TEXT("test_aws_is_virtual_hostable_s3_bucket_allow_subdomains"));
    CHECK(json_is(cases, JSON_LIST));
    for (uint32_t i = 0; i < cases->count; i++) {
        text bucket = json_text(json_member(&cases->items[i], TEXT("bucket")));
        bool wanted = json_is_true(json_member(&cases->items[i], TEXT("expected_value")));
        passed += is_virtual_hostable_bucket(bucket, true) == wanted;
    }
    printf("endpoints/bucket-table: %u/%u\n", passed, cases->count);
    CHECK_EQ(passed, cases->count);
    bench_release(&bench);
}

TEST(inner_functions_of_botocore_are_left_out)
{
    static const char *const inner[] = {
        "test_get_attr", "test_construct_endpoint_parametrized", "test_auth_scheme_preference"};
    struct bench bench;
    uint32_t left_out = 0;
    bench_init(&bench);
    for (size_t i = 0; i < COUNT_OF(inner); i++) {
        const struct json_value *cases = json_member(bench.tables, text_of(inner[i]));
        left_out += cases ? cases->count : 0;
    }
    printf(
        "endpoints/inner-tables: 0/0 (%u left out: get_attr, construct_endpoint and "
        "auth_scheme_preference are called with values of Python that no rule set makes)\n",
        left_out);
    bench_release(&bench);
}
