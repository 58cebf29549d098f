#include "fixture.h"

#include "models/models.h"

#define RULES                                                                                      \
    "{\"version\": \"1.0\", \"parameters\": {\"Name\": {\"type\": \"string\"},"                    \
    "\"Control\": {\"type\": \"boolean\"}, \"Names\": {\"type\": \"stringArray\"},"                \
    "\"Idle\": {\"type\": \"string\"}}, \"rules\": ["                                              \
    "{\"conditions\": [{\"fn\": \"isSet\", \"argv\": [{\"ref\": \"Name\"}]},"                      \
    "{\"fn\": \"isSet\", \"argv\": [{\"ref\": \"Control\"}]},"                                     \
    "{\"fn\": \"isSet\", \"argv\": [{\"ref\": \"Names\"}]}],"                                      \
    "\"type\": \"error\", \"error\": \"x\"}]}"

enum { NAME, CONTROL, NAMES, IDLE };

struct binding_case {
    struct fixture f;
    struct endpoint_rules *rules;
    struct endpoint_values values;
    struct model_shape input;
    struct model_member members[2];
    struct model_named_value fixed, found;
    struct model_operation operation;
};

static void case_init(struct binding_case *c)
{
    memset(c, 0, sizeof *c);
    fixture_init(&c->f);
    c->rules = fixture_rules(&c->f, RULES);
    if (!c->rules)
        FAIL("%s", c->f.error.detail);
    endpoint_values_init(&c->values, c->rules);
    c->members[0] = (struct model_member){.name = TEXT("Table"), .context_param = TEXT("Name")};
    c->members[1] = (struct model_member){.name = TEXT("Other"), .context_param = TEXT("Idle")};
    c->input.members = c->members;
    c->input.member_count = 2;
    c->operation.name = TEXT("Do");
    c->operation.input = &c->input;
    c->operation.static_context = &c->fixed;
    c->operation.dynamic_context = &c->found;
}

static void fill(struct binding_case *c, const char *input)
{
    struct endpoint_binding *binding =
        endpoint_binding_new(c->rules, &c->operation, &c->f.arena, &c->f.error);
    if (!binding)
        FAIL("%s", c->f.error.detail);
    CHECK(endpoint_binding_fill(
        binding, input ? fixture_json(&c->f, input) : NULL, &c->f.arena, &c->values));
}

TEST(a_member_fills_the_parameter_it_names)
{
    struct binding_case c;
    case_init(&c);
    fill(&c, "{\"Table\": \"t\", \"Other\": \"o\"}");
    CHECK_TEXT(fixture_string(&c.f, c.values.slots[NAME].string), "t");
    CHECK_EQ(c.values.slots[IDLE].kind, ENDPOINT_UNSET); /* no rule looks at it */
    fixture_release(&c.f);
}

TEST(what_is_absent_or_of_another_type_sets_nothing)
{
    struct binding_case c;
    case_init(&c);
    c.found = (struct model_named_value){.name = TEXT("Names"), .value = TEXT("keys(Items)")};
    c.operation.dynamic_count = 1;
    fill(&c, NULL);
    fill(&c, "{\"Table\": 12}");
    fill(&c, "{\"Table\": null, \"Items\": []}");
    CHECK_EQ(c.values.set, 0);
    fixture_release(&c.f);
}

TEST(static_values_come_before_members_and_members_before_paths)
{
    struct binding_case c;
    case_init(&c);
    c.found = (struct model_named_value){.name = TEXT("Name"), .value = TEXT("A.B")};
    c.operation.dynamic_count = 1;
    fill(&c, "{\"A\": {\"B\": \"found\"}}");
    CHECK_TEXT(fixture_string(&c.f, c.values.slots[NAME].string), "found");
    fill(&c, "{\"A\": {\"B\": \"found\"}, \"Table\": \"member\"}");
    CHECK_TEXT(fixture_string(&c.f, c.values.slots[NAME].string), "member");
    c.fixed = (struct model_named_value){
        .name = TEXT("Name"), .value = TEXT("fixed"), .kind = JSON_STRING};
    c.operation.static_count = 1;
    fill(&c, "{\"A\": {\"B\": \"found\"}, \"Table\": \"member\"}");
    CHECK_TEXT(fixture_string(&c.f, c.values.slots[NAME].string), "fixed");
    fixture_release(&c.f);
}

TEST(a_path_fills_a_list)
{
    struct binding_case c;
    case_init(&c);
    c.found = (struct model_named_value){.name = TEXT("Names"), .value = TEXT("keys(Items)")};
    c.operation.dynamic_count = 1;
    c.fixed = (struct model_named_value){.name = TEXT("Control"), .kind = JSON_TRUE};
    c.operation.static_count = 1;
    fill(&c, "{\"Items\": {\"a\": 1, \"b\": 2}}");
    CHECK_EQ(c.values.slots[NAMES].list.count, 2);
    CHECK_TEXT(fixture_string(&c.f, c.values.slots[NAMES].list.items[1]), "b");
    CHECK(c.values.slots[CONTROL].boolean);
    fixture_release(&c.f);
}

TEST(a_binding_that_makes_no_sense_is_refused)
{
    struct binding_case c;
    case_init(&c);
    c.found = (struct model_named_value){.name = TEXT("Names"), .value = TEXT("length(A)")};
    c.operation.dynamic_count = 1;
    CHECK(!endpoint_binding_new(c.rules, &c.operation, &c.f.arena, &c.f.error));
    CHECK_TEXT(c.f.error.detail, "Do: endpoint parameters: more than is understood");
    c.operation.dynamic_count = 0;
    c.fixed = (struct model_named_value){.name = TEXT("Name"), .kind = JSON_TRUE};
    c.operation.static_count = 1;
    CHECK(!endpoint_binding_new(c.rules, &c.operation, &c.f.arena, &c.f.error));
    CHECK_TEXT(c.f.error.detail, "Do: endpoint parameters: a static parameter of the wrong type");
    fixture_release(&c.f);
}
