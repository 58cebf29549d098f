#include "fixture.h"

TEST(a_region_finds_its_partition_by_name_by_pattern_or_falls_back)
{
    struct fixture f;
    fixture_init(&f);
    const struct endpoint_partition *found;
    found = endpoint_partitions_find(f.partitions, TEXT("us-east-1"));
    CHECK_TEXT(fixture_string(&f, found->name), "aws");
    CHECK(found->supports_fips && found->supports_dual_stack);
    found = endpoint_partitions_find(f.partitions, TEXT("cn-new-9"));
    CHECK_TEXT(fixture_string(&f, found->name), "aws-cn");
    CHECK(!found->supports_fips);
    CHECK_TEXT(fixture_string(&f, found->dual_stack_dns_suffix), "");
    found = endpoint_partitions_find(f.partitions, TEXT("nowhere"));
    CHECK_TEXT(fixture_string(&f, found->name), "aws");
    found = endpoint_partitions_find(f.partitions, text_from(NULL, 0));
    CHECK_TEXT(fixture_string(&f, found->name), "aws");
    fixture_release(&f);
}

TEST(a_region_may_differ_from_its_partition)
{
    struct fixture f;
    fixture_init(&f);
    const struct endpoint_partition *found =
        endpoint_partitions_find(f.partitions, TEXT("odd-one"));
    CHECK_TEXT(fixture_string(&f, found->dns_suffix), "odd.example");
    CHECK_TEXT(fixture_string(&f, found->dual_stack_dns_suffix), "api.aws");
    fixture_release(&f);
}

TEST(partitions_that_are_not_right_are_refused_with_their_place)
{
#define AWS "{\"id\": \"aws\", \"regionRegex\": \"a\", \"outputs\": {\"dnsSuffix\": \"x\"}}"
    static const char *const bad[][2] = {
        {"{}", "partitions: no list of partitions"},
        {"{\"partitions\": []}", "partitions: no partition \"aws\""},
        {"{\"partitions\": [" AWS ", {}]}", "partitions[1]: id, regionRegex or outputs missing"},
        {"{\"partitions\": [{\"id\": \"aws\", \"regionRegex\": \"(\", \"outputs\":"
         "{\"dnsSuffix\": \"x\"}}]}",
         "partitions[0]: a group in a pattern that is not closed"},
        {"{\"partitions\": [{\"id\": \"aws\", \"regionRegex\": \"a\", \"outputs\": {}}]}",
         "partitions[0]: outputs without a dnsSuffix"},
        {"{\"partitions\": [{\"id\": \"aws\", \"regionRegex\": \"a\", \"outputs\":"
         "{\"dnsSuffix\": \"x\"}, \"regions\": []}]}",
         "partitions[0]: regions is no object"},
    };
    struct fixture f;
    fixture_init(&f);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        CHECK(!endpoint_partitions_new(fixture_json(&f, bad[i][0]), &f.arena, &f.error));
        CHECK_EQ(f.error.status, INIA_BAD_CONFIG);
        CHECK_TEXT(f.error.detail, bad[i][1]);
    }
    fixture_release(&f);
}

TEST(partitions_without_memory_are_refused)
{
    struct fixture f;
    fixture_init(&f);
    const struct json_value *document = fixture_json(&f, FIXTURE_PARTITIONS);
    struct endpoint_partitions *made = NULL;
    for (uint64_t failing = 1; !made; failing++) {
        struct slab blocks;
        struct arena arena;
        slab_init(&blocks, &f.budget, ARENA_BLOCK_SIZE, 1);
        arena_init(&arena, &blocks);
        budget_fail_after(failing);
        made = endpoint_partitions_new(document, &arena, NULL);
        budget_fail_after(0);
        arena_release(&arena);
        slab_release(&blocks);
        CHECK(failing < 100);
    }
    fixture_release(&f);
}
