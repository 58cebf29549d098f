/* botocore's table of the URLs S3's objects have, by the client's settings. */
#include "endpoints/endpoints.h"
#include "formats/json.h"

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct bench {
    struct budget budget;
    struct slab blocks;
    struct arena arena, case_arena;
    struct json_parser *parser;
    struct endpoint_rules *rules;
};

static const struct json_value *read_json(struct bench *bench, const char *path)
{
    size_t size;
    struct json_problem problem;
    char *bytes = test_read_file(path, &size);
    const struct json_value *root =
        json_parse(bench->parser, text_from(bytes, size), &bench->arena, &problem);
    free(bytes);
    CHECK(root != NULL);
    return root;
}

static const struct json_value *read_vectors(struct bench *bench, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", test_vectors(), name);
    return read_json(bench, path);
}

static const struct json_value *read_rule_set(struct bench *bench)
{
    char folder[] = "/tmp/inia-endpoints-XXXXXX", command[1200], path[600];
    CHECK(mkdtemp(folder) != NULL);
    snprintf(
        command, sizeof command,
        "tar xJf '%s/endpoints/service-rule-sets.tar.xz' -C %s && mv %s/s3/*/*.json %s/s3.json",
        test_vectors(), folder, folder, folder);
    CHECK_EQ(system(command), 0);
    snprintf(path, sizeof path, "%s/s3.json", folder);
    const struct json_value *rule_set = read_json(bench, path);
    snprintf(command, sizeof command, "rm -r %s", folder);
    CHECK_EQ(system(command), 0);
    return rule_set;
}

static void bench_init(struct bench *bench)
{
    inia_error error;
    budget_init(&bench->budget, 1UL << 30);
    slab_init(&bench->blocks, &bench->budget, ARENA_BLOCK_SIZE, 64);
    arena_init(&bench->arena, &bench->blocks);
    arena_init(&bench->case_arena, &bench->blocks);
    bench->parser = json_parser_new();
    struct endpoint_partitions *partitions = endpoint_partitions_new(
        read_vectors(bench, "partitions/partitions.json"), &bench->arena, &error);
    CHECK(partitions != NULL);
    bench->rules = endpoint_rules_new(read_rule_set(bench), partitions, &bench->arena, &error);
    if (!bench->rules)
        FAIL("%s", error.detail);
}

static void bench_release(struct bench *bench)
{
    json_parser_free(bench->parser);
    arena_release(&bench->case_arena);
    arena_release(&bench->arena);
    slab_release(&bench->blocks);
}

/* A client made for S3 without a region takes aws-global; us-east-1 is global unless "regional". */
static struct endpoint_settings settings_of(const struct json_value *test)
{
    const struct json_value *s3 = json_member(test, TEXT("s3_config"));
    const struct json_value *arn_region = json_member(s3, TEXT("use_arn_region"));
    text region = json_text(json_member(test, TEXT("region")));
    text style = json_text(json_member(s3, TEXT("addressing_style")));
    text us_east_1 = json_text(json_member(s3, TEXT("us_east_1_regional_endpoint")));
    struct endpoint_settings settings = {
        .region = region.data ? region : TEXT("aws-global"),
        .endpoint_url = json_text(json_member(test, TEXT("customer_provided_endpoint"))),
        .fips = json_is_true(json_member(test, TEXT("use_fips_endpoint")))};
    settings.s3.dual_stack = json_is_true(json_member(s3, TEXT("use_dualstack_endpoint")));
    settings.s3.accelerate = json_is_true(json_member(s3, TEXT("use_accelerate_endpoint")));
    settings.s3.us_east_1_global = !text_equals(us_east_1, TEXT("regional"));
    settings.s3.us_east_1_regional = text_equals(us_east_1, TEXT("regional"));
    if (text_equals(style, TEXT("path")))
        settings.s3.addressing = ENDPOINT_PATH_STYLE;
    if (text_equals(style, TEXT("virtual")))
        settings.s3.addressing = ENDPOINT_VIRTUAL_HOST;
    if (arn_region)
        settings.s3.use_arn_region = json_is_true(arn_region) ? ENDPOINT_YES : ENDPOINT_NO;
    return settings;
}

static inia_status resolve(
    struct bench *bench, const struct json_value *test, bool presigned, struct endpoint *endpoint)
{
    struct endpoint_values values;
    struct endpoint_settings settings = settings_of(test);
    endpoint_values_init(&values, bench->rules);
    endpoint_settings_apply(&settings, bench->rules, &values);
    endpoint_value_set_string(
        &values, endpoint_rules_parameter(bench->rules, TEXT("Bucket")),
        json_text(json_member(test, TEXT("bucket"))));
    endpoint_values_relax_path_style(&values, bench->rules);
    if (presigned && endpoint_settings_allow_global(&settings, bench->rules))
        (void)endpoint_values_go_global(&values, bench->rules);
    return endpoint_resolve(bench->rules, &values, &bench->case_arena, endpoint, NULL);
}

static bool url_fits(struct bench *bench, const struct json_value *test, bool presigned)
{
    struct endpoint endpoint;
    struct buffer url;
    if (resolve(bench, test, presigned, &endpoint) != INIA_OK) {
        printf("  %.*s\n", TEXT_ARGS(endpoint.refusal));
        return false;
    }
    buffer_init(&url, &bench->case_arena);
    buffer_add(&url, endpoint.url);
    if (!text_ends_with(endpoint.url, TEXT("/")))
        buffer_add_char(&url, '/');
    buffer_add(&url, json_text(json_member(test, TEXT("key"))));
    bool same = text_equals(buffer_text(&url), json_text(json_member(test, TEXT("expected_url"))));
    if (!same)
        printf("  %.*s\n", TEXT_ARGS(buffer_text(&url)));
    return same;
}

TEST(objects_have_the_urls_botocore_gives_them)
{
    struct bench bench;
    int passed = 0, total = 0, plain = 0;
    bench_init(&bench);
    const struct json_value *cases = json_member(
        read_vectors(&bench, "s3/botocore-tables.json"), TEXT("test_correct_url_used_for_s3"));
    CHECK(json_is(cases, JSON_LIST));
    for (uint32_t i = 0; i < cases->count; i++) {
        const struct json_value *test = json_member(&cases->items[i], TEXT("test_case"));
        if (json_member(test, TEXT("is_secure"))) {
            plain++;
            continue;
        }
        bool fits = url_fits(&bench, test, false);
        total++;
        passed += fits;
        if (!fits)
            printf("  %.*s\n", TEXT_ARGS(json_text(json_member(&cases->items[i], TEXT("id")))));
        arena_clear(&bench.case_arena);
    }
    printf(
        "s3/object-urls: %d/%d (%d left out: http without an endpoint_url is no setting of inia)\n",
        passed, total, plain);
    bench_release(&bench);
    CHECK_EQ(passed, total);
}

TEST(presigned_urls_are_of_the_global_endpoint_where_botocores_are)
{
    struct bench bench;
    int passed = 0, total = 0;
    bench_init(&bench);
    const struct json_value *cases = json_member(
        read_vectors(&bench, "s3/botocore-tables.json"),
        TEXT("test_addressing_for_presigned_urls"));
    CHECK(json_is(cases, JSON_LIST));
    for (uint32_t i = 0; i < cases->count; i++) {
        bool fits = url_fits(&bench, json_member(&cases->items[i], TEXT("test_case")), true);
        total++;
        passed += fits;
        if (!fits)
            printf("  %.*s\n", TEXT_ARGS(json_text(json_member(&cases->items[i], TEXT("id")))));
        arena_clear(&bench.case_arena);
    }
    printf("s3/presigned-urls: %d/%d\n", passed, total);
    bench_release(&bench);
    CHECK_EQ(passed, total);
}

TEST(settings_that_do_not_go_together_are_refused)
{
    struct bench bench;
    int passed = 0, total = 0;
    bench_init(&bench);
    const struct json_value *cases = json_member(
        read_vectors(&bench, "s3/botocore-tables.json"),
        TEXT("test_correct_exception_raise_for_s3"));
    CHECK(json_is(cases, JSON_LIST));
    for (uint32_t i = 0; i < cases->count; i++) {
        struct endpoint endpoint;
        const struct json_value *test = json_member(&cases->items[i], TEXT("test_case"));
        text words = json_text(json_member(test, TEXT("expected_exception_regex")));
        bool refused = resolve(&bench, test, false, &endpoint) == INIA_BAD_REQUEST &&
                       (!words.data || text_find_text(endpoint.refusal, words) != SIZE_MAX);
        total++;
        passed += refused;
        if (!refused)
            printf("  %.*s\n", TEXT_ARGS(json_text(json_member(&cases->items[i], TEXT("id")))));
        arena_clear(&bench.case_arena);
    }
    printf("s3/refused-settings: %d/%d\n", passed, total);
    bench_release(&bench);
    CHECK_EQ(passed, total);
}
