#include "fixture.h"

#define RULES                                                                                      \
    "{\"version\": \"1.0\", \"parameters\": {"                                                     \
    "\"Bucket\": {\"type\": \"string\"}, \"Key\": {\"type\": \"string\"},"                         \
    "\"Fips\": {\"type\": \"boolean\", \"required\": true, \"default\": false},"                   \
    "\"Names\": {\"type\": \"stringArray\"}}, \"rules\": ["                                        \
    "{\"conditions\": [{\"fn\": \"booleanEquals\", \"argv\": [{\"ref\": \"Fips\"}, true]}],"       \
    "\"type\": \"error\", \"error\": \"no fips\"},"                                                \
    "{\"conditions\": [{\"fn\": \"isSet\", \"argv\": [{\"ref\": \"Names\"}]},"                     \
    "{\"fn\": \"getAttr\", \"argv\": [{\"ref\": \"Names\"}, \"[0]\"], \"assign\": \"first\"}],"    \
    "\"type\": \"endpoint\", \"endpoint\": {\"url\": \"https://{first}.example\"}},"               \
    "{\"conditions\": [{\"fn\": \"isSet\", \"argv\": [{\"ref\": \"Bucket\"}]}],"                   \
    "\"type\": \"endpoint\", \"endpoint\": {\"url\": \"https://{Bucket}.example\","                \
    "\"headers\": {\"x-b\": [\"{Bucket}\", \"c\"]}, \"properties\": {\"backend\": \"S3Express\","  \
    "\"authSchemes\": [{\"name\": \"sigv4a\", \"signingRegionSet\": [\"{Bucket}\", \"*\"]},"       \
    "{\"name\": \"sigv4\", \"signingRegion\": \"{Bucket}\", \"disableDoubleEncoding\": true}],"    \
    "\"meta\": {\"a\": [\"{Bucket}\", 1, {\"b\": \"x\"}]}}}},"                                     \
    "{\"conditions\": [], \"type\": \"endpoint\", \"endpoint\": {\"url\": \"https://example\"}}]}"

enum { BUCKET, KEY, FIPS, NAMES };

struct remembering {
    struct fixture f;
    struct endpoint_rules *rules;
    struct endpoint_memo memo;
    struct endpoint_values values;
    struct endpoint endpoint;
};

static void remembering_init(struct remembering *r)
{
    fixture_init(&r->f);
    r->rules = fixture_rules(&r->f, RULES);
    if (!r->rules)
        FAIL("%s", r->f.error.detail);
    endpoint_memo_init(&r->memo, &r->f.blocks);
    endpoint_values_init(&r->values, r->rules);
}

static void remembering_release(struct remembering *r)
{
    endpoint_memo_release(&r->memo);
    fixture_release(&r->f);
}

static const char *url(struct remembering *r)
{
    inia_status status = endpoint_memo_resolve(
        &r->memo, r->rules, &r->values, &r->f.arena, &r->endpoint, &r->f.error);
    return status == INIA_OK ? fixture_string(&r->f, r->endpoint.url) : r->f.error.detail;
}

TEST(the_same_values_are_answered_from_memory)
{
    struct remembering r;
    char bucket[] = "one";
    remembering_init(&r);
    endpoint_value_set_string(&r.values, BUCKET, text_of(bucket));
    CHECK_TEXT(url(&r), "https://one.example");
    CHECK_EQ(r.memo.hits, 0);
    endpoint_value_set_string(&r.values, KEY, TEXT("another key, which no rule looks at"));
    CHECK_TEXT(url(&r), "https://one.example");
    CHECK_EQ(r.memo.hits, 1);
    /* The same place in memory, but not the same text. */
    memcpy(bucket, "two", 3);
    CHECK_TEXT(url(&r), "https://two.example");
    CHECK_EQ(r.memo.hits, 1);
    remembering_release(&r);
}

TEST(every_kind_of_difference_is_noticed)
{
    struct remembering r;
    text names[] = {TEXT_INIT("n1"), TEXT_INIT("n2")}, others[] = {TEXT_INIT("o1")};
    remembering_init(&r);
    CHECK_TEXT(url(&r), "https://example");
    endpoint_value_set_string(&r.values, BUCKET, TEXT("b"));
    CHECK_TEXT(url(&r), "https://b.example");
    endpoint_value_set_list(&r.values, NAMES, names, 2);
    CHECK_TEXT(url(&r), "https://n1.example");
    CHECK_TEXT(url(&r), "https://n1.example");
    CHECK_EQ(r.memo.hits, 1);
    endpoint_value_set_list(&r.values, NAMES, others, 1);
    CHECK_TEXT(url(&r), "https://o1.example");
    endpoint_value_set_boolean(&r.values, FIPS, true);
    CHECK_TEXT(url(&r), "no fips");
    CHECK_TEXT(url(&r), "no fips");
    endpoint_value_set_boolean(&r.values, FIPS, false);
    endpoint_value_set(&r.values, NAMES, (struct endpoint_value){.kind = ENDPOINT_UNSET});
    CHECK_TEXT(url(&r), "https://b.example");
    CHECK_EQ(r.memo.hits, 1);
    remembering_release(&r);
}

TEST(what_is_remembered_is_whole_and_the_callers_own)
{
    struct remembering r;
    struct endpoint first;
    remembering_init(&r);
    endpoint_value_set_string(&r.values, BUCKET, TEXT("b"));
    CHECK_TEXT(url(&r), "https://b.example");
    CHECK_TEXT(url(&r), "https://b.example");
    CHECK_EQ(r.memo.hits, 1);
    first = r.endpoint;
    endpoint_value_set_string(&r.values, BUCKET, TEXT("other"));
    CHECK_TEXT(url(&r), "https://other.example");
    CHECK_TEXT(fixture_string(&r.f, first.url), "https://b.example");
    CHECK_TEXT(fixture_string(&r.f, first.backend), "S3Express");
    CHECK_EQ(first.auth_scheme_count, 2);
    CHECK_TEXT(fixture_string(&r.f, first.auth_schemes[0].signing_regions[0]), "b");
    CHECK_TEXT(fixture_string(&r.f, first.auth_schemes[0].signing_regions[1]), "*");
    CHECK_TEXT(fixture_string(&r.f, first.auth_schemes[1].signing_region), "b");
    CHECK(first.auth_schemes[1].disable_double_encoding);
    CHECK_EQ(first.header_count, 1);
    CHECK_TEXT(fixture_string(&r.f, first.headers[0].name), "x-b");
    CHECK_TEXT(fixture_string(&r.f, first.headers[0].values[0]), "b");
    CHECK_EQ(first.property_count, 1);
    struct buffer json;
    buffer_init(&json, &r.f.arena);
    json_write(&json, first.properties[0].value);
    CHECK_TEXT(buffer_string(&json), "{\"a\":[\"b\",1,{\"b\":\"x\"}]}");
    remembering_release(&r);
}

TEST(a_memo_without_memory_still_answers_or_says_so)
{
    struct remembering r;
    remembering_init(&r);
    endpoint_value_set_string(&r.values, BUCKET, TEXT("b"));
    for (uint64_t failing = 1; failing < 12; failing++) {
        struct arena fresh;
        arena_init(&fresh, &r.f.blocks);
        slab_give(&r.f.blocks, slab_take(&r.f.blocks));
        budget_fail_after(failing);
        inia_status status =
            endpoint_memo_resolve(&r.memo, r.rules, &r.values, &fresh, &r.endpoint, &r.f.error);
        budget_fail_after(0);
        CHECK(status == INIA_OK || status == INIA_NO_MEMORY);
        arena_release(&fresh);
    }
    remembering_release(&r);
}

TEST(a_steady_state_allocates_nothing)
{
    struct remembering r;
    struct arena call;
    remembering_init(&r);
    arena_init(&call, &r.f.blocks);
    uint64_t before = 0;
    for (int i = 0; i < 100; i++) {
        if (i == 10)
            before = r.f.budget.allocations;
        endpoint_value_set_string(&r.values, BUCKET, i % 3 ? TEXT("b") : TEXT("c"));
        CHECK_EQ(
            endpoint_memo_resolve(&r.memo, r.rules, &r.values, &call, &r.endpoint, &r.f.error),
            INIA_OK);
        arena_clear(&call);
    }
    CHECK_EQ(r.f.budget.allocations, before);
    arena_release(&call);
    remembering_release(&r);
}
