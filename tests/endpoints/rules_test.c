#include "fixture.h"

#define RULES(parameters, rules)                                                                   \
    "{\"version\": \"1.1\", \"parameters\": {" parameters "}, \"rules\": [" rules "]}"
#define RULE(conditions, url)                                                                      \
    "{\"conditions\": [" conditions "], \"type\": \"endpoint\", \"endpoint\": {\"url\": " url "}}"
#define REGION "\"Region\": {\"type\": \"string\", \"builtIn\": \"AWS::Region\"}"
#define NEEDED "\"Region\": {\"type\": \"string\", \"required\": true}"
#define FLAG "\"Flag\": {\"type\": \"boolean\"}"
#define IS_SET(name) "{\"fn\": \"isSet\", \"argv\": [{\"ref\": \"" name "\"}]}"
#define FALLBACK RULE("", "\"https://fallback\"")

static void check_refused(struct fixture *f, const char *rules, const char *words)
{
    f->error.detail[0] = '\0';
    if (fixture_rules(f, rules))
        FAIL("taken: %s", rules);
    CHECK_EQ(f->error.status, INIA_BAD_CONFIG);
    CHECK_TEXT(f->error.detail, words);
}

TEST(what_is_wrong_with_a_rule_set_is_said_with_its_place)
{
    struct fixture f;
    fixture_init(&f);
    check_refused(
        &f, RULES(REGION, RULE("", "\"https://{Region}\"")),
        "endpoint rules: rules[0].endpoint: {Region} is a string that may be unset, not a string");
    check_refused(
        &f, RULES(NEEDED, RULE("", "\"https://{Regoin}\"")),
        "endpoint rules: rules[0].endpoint: \"Regoin\" is not known here");
    check_refused(
        &f, RULES(NEEDED, RULE("{\"fn\": \"isset\", \"argv\": []}", "\"x\"")),
        "endpoint rules: rules[0].conditions[0]: an unknown function \"isset\"");
    check_refused(
        &f, RULES(NEEDED, RULE("{\"fn\": \"isSet\", \"argv\": []}", "\"x\"")),
        "endpoint rules: rules[0].conditions[0]: isSet takes 1 arguments, not 0");
    check_refused(
        &f,
        RULES(
            NEEDED, FALLBACK
            ", {\"conditions\": [], \"type\": \"tree\", \"rules\": [{\"conditions\": []}]}"),
        "endpoint rules: rules[1].rules[0]: type is neither endpoint nor error nor tree");
    check_refused(
        &f, RULES("\"A\": {\"type\": \"number\"}", FALLBACK),
        "endpoint rules: parameters.A: type is neither string nor boolean nor stringArray");
    check_refused(
        &f, RULES("\"A\": {\"type\": \"boolean\", \"builtIn\": \"AWS::Region\"}", FALLBACK),
        "endpoint rules: parameters.A: not the type of AWS::Region");
    check_refused(&f, "[]", "endpoint rules: an object is wanted");
    check_refused(&f, "{\"version\": \"2.0\"}", "endpoint rules: version \"2.0\" is not known");
    fixture_release(&f);
}

TEST(rule_sets_that_are_not_right_are_refused)
{
    static const char *const bad[] = {
        RULES(NEEDED, RULE("", "\"https://{Region\"")),
        RULES(NEEDED, RULE("", "\"https://Region}\"")),
        RULES(NEEDED, RULE("", "\"https://{}\"")),
        RULES(NEEDED, RULE("", "\"https://{Region#name}\"")),
        RULES(NEEDED, RULE("", "{\"ref\": \"Region\", \"fn\": \"x\"}")),
        RULES(NEEDED, RULE("", "{\"ref\": 1}")),
        RULES(NEEDED, RULE("", "12")),
        RULES(NEEDED, RULE("", "null")),
        RULES(NEEDED, "{\"type\": \"endpoint\", \"endpoint\": {\"url\": \"x\"}}"),
        RULES(NEEDED, "{\"conditions\": [], \"type\": \"endpoint\", \"endpoint\": {}}"),
        RULES(
            NEEDED, "{\"conditions\": [], \"type\": \"endpoint\", \"endpoint\": {\"url\": \"x\","
                    "\"more\": 1}}"),
        RULES(
            NEEDED, "{\"conditions\": [], \"type\": \"endpoint\", \"endpoint\": {\"url\": \"x\","
                    "\"headers\": {\"a\": \"b\"}}}"),
        RULES(
            NEEDED, "{\"conditions\": [], \"type\": \"endpoint\", \"endpoint\": {\"url\": \"x\","
                    "\"properties\": {\"authSchemes\": [{}]}}}"),
        RULES(
            NEEDED, "{\"conditions\": [], \"type\": \"endpoint\", \"endpoint\": {\"url\": \"x\","
                    "\"properties\": {\"a\": null}}}"),
        RULES(NEEDED, "{\"conditions\": [], \"type\": \"error\", \"error\": true}"),
        RULES(NEEDED, "{\"conditions\": [], \"type\": \"tree\"}"),
        RULES(FLAG, RULE("{\"fn\": \"not\", \"argv\": [{\"ref\": \"Flag\"}]}", "\"x\"")),
        RULES(
            FLAG, RULE(
                      "{\"fn\": \"not\", \"argv\": [" IS_SET(
                          "Flag") "]},"
                                  "{\"fn\": \"not\", \"argv\": [{\"ref\": \"Flag\"}]}",
                      "\"x\"")),
        RULES(FLAG, RULE(IS_SET("Flag"), "\"{Flag}\"")),
        RULES(
            NEEDED, RULE(
                        "{\"fn\": \"substring\", \"argv\": [{\"ref\": \"Region\"}, 0, \"2\","
                        "true]}",
                        "\"x\"")),
        RULES(
            NEEDED,
            RULE("{\"fn\": \"getAttr\", \"argv\": [{\"ref\": \"Region\"}, \"[0]\"]}", "\"x\"")),
        RULES(
            NEEDED,
            RULE("{\"fn\": \"coalesce\", \"argv\": [{\"ref\": \"Region\"}, true]}", "\"x\"")),
        RULES(NEEDED, RULE("{\"fn\": \"ite\", \"argv\": [true, \"a\", false]}", "\"x\"")),
        RULES(NEEDED, RULE("{\"fn\": \"isSet\", \"argv\": [99999999]}", "\"x\"")),
        RULES("\"1A\": {\"type\": \"string\"}", FALLBACK),
        RULES("\"A\": {\"type\": \"string\", \"required\": \"yes\"}", FALLBACK),
        RULES("\"A\": {\"type\": \"string\", \"required\": true, \"default\": 1}", FALLBACK),
        RULES("\"A\": {\"type\": \"string\", \"surprise\": true}", FALLBACK),
        "{\"version\": \"1.0\", \"parameters\": {}}",
        "{\"version\": \"1.0\", \"rules\": []}",
    };
    struct fixture f;
    fixture_init(&f);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        if (fixture_rules(&f, bad[i]))
            FAIL("taken: %s", bad[i]);
        CHECK_EQ(f.error.status, INIA_BAD_CONFIG);
    }
    fixture_release(&f);
}

/* ---- Resolving ------------------------------------------------------------------------------- */

static const char *resolved(
    struct fixture *f, const struct endpoint_rules *rules, const struct endpoint_values *values)
{
    struct endpoint endpoint;
    if (!rules)
        FAIL("%s", f->error.detail);
    inia_status status = endpoint_resolve(rules, values, &f->arena, &endpoint, &f->error);
    if (status != INIA_OK) {
        CHECK_EQ(status, INIA_BAD_REQUEST);
        CHECK_TEXT(f->error.detail, fixture_string(f, endpoint.refusal));
    }
    return fixture_string(f, status == INIA_OK ? endpoint.url : endpoint.refusal);
}

static const char *resolved_in(struct fixture *f, const char *source, text region)
{
    struct endpoint_values values;
    struct endpoint_rules *rules = fixture_rules(f, source);
    if (!rules)
        FAIL("%s", f->error.detail);
    endpoint_values_init(&values, rules);
    if (region.data)
        endpoint_value_set_string(&values, endpoint_rules_parameter(rules, TEXT("Region")), region);
    return resolved(f, rules, &values);
}

TEST(values_that_are_missing_or_of_another_kind_are_refused)
{
    struct fixture f;
    struct endpoint_values values;
    fixture_init(&f);
    struct endpoint_rules *rules = fixture_rules(&f, RULES(NEEDED, FALLBACK));
    endpoint_values_init(&values, rules);
    CHECK_TEXT(resolved(&f, rules, &values), "endpoint parameter Region is required");
    endpoint_value_set_boolean(&values, 0, true);
    CHECK_TEXT(
        resolved(&f, rules, &values), "endpoint parameter Region has a value of the wrong type");
    endpoint_value_set_list(&values, 0, NULL, 0);
    CHECK_TEXT(
        resolved(&f, rules, &values), "endpoint parameter Region has a value of the wrong type");
    endpoint_value_set_string(&values, 0, TEXT("r"));
    CHECK_TEXT(resolved(&f, rules, &values), "https://fallback");
    endpoint_value_set_string(&values, -1, TEXT("of no consequence"));
    CHECK_TEXT(resolved(&f, rules, &values), "https://fallback");
    fixture_release(&f);
}

TEST(rules_are_tried_in_order_and_trees_without_an_answer_passed_over)
{
    struct fixture f;
    fixture_init(&f);
    static const char source[] = RULES(
        REGION,
        "{\"conditions\": [" IS_SET(
            "Region") "], \"type\": \"tree\", \"rules\": ["
                      "{\"conditions\": [{\"fn\": \"stringEquals\", \"argv\": [{\"ref\": "
                      "\"Region\"}, \"a\"]}],"
                      "\"type\": \"error\", \"error\": \"not {Region}: {{braces}}\"}]}," RULE(
                          "{\"fn\": \"not\", \"argv\": [" IS_SET("Region") "]}",
                          "\"https://none\"") "," FALLBACK);
    CHECK_TEXT(resolved_in(&f, source, TEXT("a")), "not a: {braces}");
    CHECK_TEXT(resolved_in(&f, source, TEXT("b")), "https://fallback");
    CHECK_TEXT(resolved_in(&f, source, text_from(NULL, 0)), "https://none");
    CHECK_TEXT(
        resolved_in(&f, RULES(REGION, RULE(IS_SET("Region"), "\"x\"")), text_from(NULL, 0)),
        "no endpoint rule matches these parameters");
    fixture_release(&f);
}

TEST(what_a_rule_assigns_its_sibling_may_assign_again)
{
    struct fixture f;
    fixture_init(&f);
#define ASK(fn, url)                                                                               \
    RULE(                                                                                          \
        "{\"fn\": \"" fn "\", \"argv\": [{\"ref\": \"Region\"}], \"assign\": \"it\"}",             \
        "\"" url "\"")
    static const char source[] = RULES(
        NEEDED, ASK("aws.parseArn", "https://{it#service}") "," ASK(
                    "parseURL",
                    "https://{it#authority}") "," ASK("aws.partition", "https://{it#dnsSuffix}"));
    CHECK_TEXT(resolved_in(&f, source, TEXT("arn:aws:sqs:r:1:x")), "https://sqs");
    CHECK_TEXT(resolved_in(&f, source, TEXT("http://h:1")), "https://h:1");
    CHECK_TEXT(resolved_in(&f, source, TEXT("cn-x-1")), "https://amazonaws.com.cn");
    CHECK_TEXT(resolved_in(&f, source, TEXT("odd-one")), "https://odd.example");
    fixture_release(&f);
}

TEST(functions_and_trees_nest_as_deep_as_json_does)
{
    struct fixture f;
    struct buffer deep;
    fixture_init(&f);
    buffer_init(&deep, &f.arena);
    for (int i = 0; i < 60; i++)
        buffer_add(&deep, TEXT("{\"fn\": \"not\", \"argv\": ["));
    buffer_add(&deep, TEXT("true"));
    for (int i = 0; i < 60; i++)
        buffer_add(&deep, TEXT("]}"));
    const char *conditions = buffer_string(&deep);
    struct buffer source;
    buffer_init(&source, &f.arena);
    buffer_add_format(&source, RULES(NEEDED, RULE("%s", "\"deep\"")), conditions);
    CHECK_TEXT(resolved_in(&f, buffer_string(&source), TEXT("r")), "deep");
    buffer_clear(&deep);
    buffer_add(&deep, TEXT("{\"version\": \"1.0\", \"parameters\": {}, \"rules\": ["));
    for (int i = 0; i < 60; i++)
        buffer_add(&deep, TEXT("{\"conditions\": [], \"type\": \"tree\", \"rules\": ["));
    buffer_add(&deep, TEXT("{\"conditions\": [], \"type\": \"error\", \"error\": \"deep\"}"));
    for (int i = 0; i < 60; i++)
        buffer_add(&deep, TEXT("]}"));
    buffer_add(&deep, TEXT("]}"));
    CHECK_TEXT(resolved_in(&f, buffer_string(&deep), text_from(NULL, 0)), "deep");
    fixture_release(&f);
}

TEST(memory_that_runs_out_is_said_at_every_place)
{
    static const char source[] = RULES(
        NEEDED,
        RULE(
            "{\"fn\": \"uriEncode\", \"argv\": [{\"ref\": \"Region\"}], \"assign\": \"e\"},"
            "{\"fn\": \"split\", \"argv\": [\"{e}\", \"-\", 0], \"assign\": \"s\"},"
            "{\"fn\": \"getAttr\", \"argv\": [{\"ref\": \"s\"}, \"[-1]\"], \"assign\": \"l\"}",
            "\"https://{e}.{l}\""));
    struct fixture f;
    fixture_init(&f);
    const struct json_value *document = fixture_json(&f, source);
    struct endpoint_rules *rules = NULL;
    for (uint64_t failing = 1; !rules; failing++) {
        struct slab blocks;
        struct arena arena;
        slab_init(&blocks, &f.budget, ARENA_BLOCK_SIZE, 1);
        arena_init(&arena, &blocks);
        budget_fail_after(failing);
        rules = endpoint_rules_new(document, f.partitions, &arena, &f.error);
        budget_fail_after(0);
        CHECK(rules || f.error.status == INIA_NO_MEMORY);
        arena_release(&arena);
        slab_release(&blocks);
        CHECK(failing < 1000);
    }
    rules = endpoint_rules_new(document, f.partitions, &f.arena, &f.error);
    CHECK(rules != NULL);
    struct endpoint_values values;
    endpoint_values_init(&values, rules);
    /* Long enough that each piece of memory is one of its own. */
    char region[3000];
    memset(region, '-', sizeof region);
    endpoint_value_set_string(&values, 0, text_from(region, sizeof region));
    inia_status status = INIA_NO_MEMORY;
    for (uint64_t failing = 1; status != INIA_OK; failing++) {
        struct arena arena;
        struct endpoint endpoint;
        arena_init(&arena, &f.blocks);
        budget_fail_after(failing);
        status = endpoint_resolve(rules, &values, &arena, &endpoint, &f.error);
        budget_fail_after(0);
        CHECK(status == INIA_OK || status == INIA_NO_MEMORY);
        arena_release(&arena);
        CHECK(failing < 100);
    }
    fixture_release(&f);
}
