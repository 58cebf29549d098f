#include "fixture.h"

static const char *url_of(struct fixture *f, struct endpoint_settings settings)
{
    struct endpoint_values values;
    struct endpoint endpoint;
    const struct json_value *document =
        endpoint_standard_rules(TEXT("toys.api"), f->parser, &f->arena, &f->error);
    CHECK(document != NULL);
    struct endpoint_rules *rules =
        endpoint_rules_new(document, f->partitions, &f->arena, &f->error);
    if (!rules)
        FAIL("%s", f->error.detail);
    endpoint_values_init(&values, rules);
    endpoint_settings_apply(&settings, rules, &values);
    if (endpoint_resolve(rules, &values, &f->arena, &endpoint, &f->error) != INIA_OK)
        return fixture_string(f, endpoint.refusal);
    return fixture_string(f, endpoint.url);
}

TEST(a_service_without_rules_is_where_most_services_are)
{
    struct fixture f;
    fixture_init(&f);
    struct endpoint_settings wanted = {.region = TEXT("eu-west-1")};
    CHECK_TEXT(url_of(&f, wanted), "https://toys.api.eu-west-1.amazonaws.com");
    wanted.fips = true;
    CHECK_TEXT(url_of(&f, wanted), "https://toys.api-fips.eu-west-1.amazonaws.com");
    wanted.dual_stack = true;
    CHECK_TEXT(url_of(&f, wanted), "https://toys.api-fips.eu-west-1.api.aws");
    wanted.fips = false;
    CHECK_TEXT(url_of(&f, wanted), "https://toys.api.eu-west-1.api.aws");
    wanted.endpoint_url = TEXT("http://localhost:5000");
    CHECK_TEXT(url_of(&f, wanted), "http://localhost:5000");
    CHECK_TEXT(
        url_of(&f, (struct endpoint_settings){.region = {NULL, 0}}),
        "Invalid Configuration: Missing Region");
    fixture_release(&f);
}

TEST(a_prefix_that_is_no_host_name_is_refused)
{
    struct fixture f;
    fixture_init(&f);
    CHECK(!endpoint_standard_rules(TEXT("a{b}"), f.parser, &f.arena, &f.error));
    CHECK_TEXT(f.error.detail, "the model's endpointPrefix, 'a{b}', is no host name");
    CHECK(!endpoint_standard_rules(TEXT(""), f.parser, &f.arena, &f.error));
    fixture_release(&f);
}
