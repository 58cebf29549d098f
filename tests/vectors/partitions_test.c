#include "endpoints/endpoints.h"
#include "formats/json.h"
#include "models/models.h"

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct bench {
    struct budget budget;
    struct slab blocks;
    struct arena arena;
    struct arena case_arena;
    struct json_parser *parser;
};

static void bench_init(struct bench *bench)
{
    budget_init(&bench->budget, 1UL << 30);
    slab_init(&bench->blocks, &bench->budget, ARENA_BLOCK_SIZE, 64);
    arena_init(&bench->arena, &bench->blocks);
    arena_init(&bench->case_arena, &bench->blocks);
    bench->parser = json_parser_new();
    CHECK(bench->parser != NULL);
}

static void bench_release(struct bench *bench)
{
    json_parser_free(bench->parser);
    arena_release(&bench->case_arena);
    arena_release(&bench->arena);
    slab_release(&bench->blocks);
}

static const struct json_value *read_vectors(struct bench *bench, const char *name)
{
    char path[512];
    size_t size;
    struct json_problem problem;
    snprintf(path, sizeof path, "%s/partitions/%s", test_vectors(), name);
    char *bytes = test_read_file(path, &size);
    const struct json_value *root =
        json_parse(bench->parser, text_from(bytes, size), &bench->arena, &problem);
    free(bytes);
    if (!root)
        FAIL("%s:%zu:%zu: %s", path, problem.line, problem.column, problem.what);
    return root;
}

static struct endpoint_partitions *load(struct bench *bench, const struct json_value *document)
{
    inia_error error;
    struct endpoint_partitions *partitions =
        endpoint_partitions_new(document, &bench->arena, &error);
    if (!partitions)
        FAIL("%s", error.detail);
    return partitions;
}

static void check_every_region(
    const struct endpoint_partitions *partitions, const struct json_value *document)
{
    const struct json_value *list = json_member(document, TEXT("partitions"));
    CHECK(list->count > 0);
    for (uint32_t i = 0; i < list->count; i++) {
        const struct json_value *regions = json_member(&list->items[i], TEXT("regions"));
        const struct json_value *outputs = json_member(&list->items[i], TEXT("outputs"));
        CHECK(regions->count > 0);
        for (uint32_t j = 0; j < regions->count; j++) {
            const struct endpoint_partition *found =
                endpoint_partitions_find(partitions, regions->names[j]);
            text id = json_text(json_member(&list->items[i], TEXT("id")));
            text suffix = json_text(json_member(outputs, TEXT("dnsSuffix")));
            CHECK(text_equals(found->name, id));
            CHECK(text_equals(found->dns_suffix, suffix));
        }
    }
}

TEST(every_listed_region_is_in_its_partition)
{
    struct bench bench;
    bench_init(&bench);
    const struct json_value *document = read_vectors(&bench, "partitions.json");
    check_every_region(load(&bench, document), document);
    document = read_vectors(&bench, "smithy-complete-partitions.json");
    check_every_region(load(&bench, document), document);
    bench_release(&bench);
}

TEST(a_region_that_is_not_listed_is_known_by_its_pattern)
{
    static const char *const cases[][2] = {
        {"eu-central-77", "aws"},
        {"us-gov-north-9", "aws-us-gov"},
        {"cn-south-3", "aws-cn"},
        {"us-isob-west-9", "aws-iso-b"},
        {"us-iso-west-9", "aws-iso"},
        {"eusc-de-west-2", "aws-eusc"},
        {"local", "aws"},
        {"", "aws"},
        {"cn-south-3x", "aws"},
        {"xcn-south-3", "aws"},
        {"eusc-fr-west-2", "aws"},
        {"cn--3", "aws"},
    };
    struct bench bench;
    bench_init(&bench);
    struct endpoint_partitions *partitions = load(&bench, read_vectors(&bench, "partitions.json"));
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct endpoint_partition *found =
            endpoint_partitions_find(partitions, text_of(cases[i][0]));
        CHECK_TEXT(arena_string(&bench.arena, found->name), cases[i][1]);
    }
    bench_release(&bench);
}

/* ---- Host names that clients were given before there were rule sets -------------------------- */

/* The vectors name services by their endpoint prefix. */
static text service_of(text prefix)
{
    static const char *const names[][2] = {
        {"monitoring", "cloudwatch"},
        {"streams.dynamodb", "dynamodbstreams"},
        {"email", "ses"},
        {"elasticloadbalancing", "elb"},
        {"elasticmapreduce", "emr"},
        {"elasticfilesystem", "efs"},
    };
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (text_equals(prefix, text_of(names[i][0])))
            return text_of(names[i][1]);
    }
    return prefix;
}

static struct endpoint_rules *rules_of(
    struct bench *bench, const struct endpoint_partitions *partitions, text service)
{
    text bytes;
    inia_error error;
    struct json_problem problem;
    if (models_read_file(
            INIA_TEST_MODELS, service, text_from(NULL, 0), TEXT("endpoint-rule-set-1.json"),
            &bench->case_arena, &bytes, &error))
        FAIL("%s", error.detail);
    const struct json_value *rule_set =
        json_parse(bench->parser, bytes, &bench->case_arena, &problem);
    CHECK(rule_set != NULL);
    struct endpoint_rules *rules =
        endpoint_rules_new(rule_set, partitions, &bench->case_arena, &error);
    if (!rules)
        FAIL("%.*s: %s", TEXT_ARGS(service), error.detail);
    return rules;
}

static text host_for(
    struct bench *bench, const struct endpoint_partitions *partitions, text service, text region)
{
    struct endpoint_values values;
    struct endpoint endpoint;
    struct endpoint_settings settings = {.region = region};
    struct endpoint_rules *rules = rules_of(bench, partitions, service_of(service));
    endpoint_values_init(&values, rules);
    endpoint_settings_apply(&settings, rules, &values);
    inia_status status = endpoint_resolve(rules, &values, &bench->case_arena, &endpoint, NULL);
    return status == INIA_OK ? endpoint.url : endpoint.refusal;
}

/* The table was made for endpoints.json, which no rule set knows of: NULL, or why a case is not for
 * rule sets. */
static const char *reason_to_leave_out(text service, text region)
{
    if (text_equals(service, TEXT("appstream")))
        return "no service has this endpoint prefix: AppStream's is appstream2";
    if (text_equals(region, TEXT("s3-external-1")))
        return "a pseudo-region of endpoints.json, not of any partition";
    return NULL;
}

static void run_group(struct bench *bench, const struct json_value *cases, const char *group)
{
    struct endpoint_partitions *partitions = load(bench, read_vectors(bench, "partitions.json"));
    int passed = 0, total = 0, left_out = 0;
    for (uint32_t i = 0; i < cases->count; i++) {
        const struct json_value *test = &cases->items[i];
        text id = json_text(json_member(test, TEXT("id")));
        text service = json_text(json_member(test, TEXT("service_name")));
        text region = json_text(json_member(test, TEXT("region_name")));
        text wanted = json_text(json_member(test, TEXT("expected_endpoint")));
        const char *reason = reason_to_leave_out(service, region);
        if (reason) {
            printf("  left out: %.*s: %s\n", TEXT_ARGS(id), reason);
            left_out++;
            continue;
        }
        text url = host_for(bench, partitions, service, region.data ? region : TEXT("aws-global"));
        bool with_scheme = text_starts_with(wanted, TEXT("https://"));
        bool same = text_starts_with(url, TEXT("https://")) &&
                    text_equals(with_scheme ? url : text_after(url, 8), wanted);
        total++;
        passed += same;
        if (!same)
            printf("  %.*s: %.*s, not %.*s\n", TEXT_ARGS(id), TEXT_ARGS(url), TEXT_ARGS(wanted));
        arena_clear(&bench->case_arena);
    }
    printf("partitions/%s: %d/%d (%d left out, above)\n", group, passed, total, left_out);
    CHECK_EQ(passed, total);
}

TEST(the_host_names_of_old_are_those_of_the_rule_sets)
{
    struct bench bench;
    if (access(INIA_TEST_MODELS, R_OK) != 0)
        SKIP("no models in %s", INIA_TEST_MODELS);
    bench_init(&bench);
    const struct json_value *legacy = read_vectors(&bench, "legacy-region-endpoints.json");
    run_group(
        &bench, json_member(legacy, TEXT("test_single_service_region_endpoint")),
        "region-endpoints");
    run_group(
        &bench, json_member(legacy, TEXT("test_single_service_partition_endpoint")),
        "partition-endpoints");
    bench_release(&bench);
}
