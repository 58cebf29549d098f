#include "fixture.h"

#define RULES                                                                                      \
    "{\"version\": \"1.0\", \"parameters\": {"                                                     \
    "\"Region\": {\"type\": \"string\", \"builtIn\": \"AWS::Region\"},"                            \
    "\"Fips\": {\"type\": \"boolean\", \"builtIn\": \"AWS::UseFIPS\"},"                            \
    "\"DualStack\": {\"type\": \"boolean\", \"builtIn\": \"AWS::UseDualStack\"},"                  \
    "\"Endpoint\": {\"type\": \"string\", \"builtIn\": \"SDK::Endpoint\"},"                        \
    "\"PathStyle\": {\"type\": \"boolean\", \"builtIn\": \"AWS::S3::ForcePathStyle\"},"            \
    "\"Global\": {\"type\": \"boolean\", \"builtIn\": \"AWS::S3::UseGlobalEndpoint\"},"            \
    "\"ArnRegion\": {\"type\": \"boolean\", \"builtIn\": \"AWS::S3::UseArnRegion\"},"              \
    "\"Bucket\": {\"type\": \"string\"}}, \"rules\": []}"

enum { REGION, FIPS, DUAL_STACK, ENDPOINT, PATH_STYLE, GLOBAL, ARN_REGION, BUCKET };

static struct endpoint_values applied(struct fixture *f, struct endpoint_settings settings)
{
    struct endpoint_values values;
    struct endpoint_rules *rules = fixture_rules(f, RULES);
    if (!rules)
        FAIL("%s", f->error.detail);
    endpoint_values_init(&values, rules);
    endpoint_settings_apply(&settings, rules, &values);
    return values;
}

TEST(a_region_that_says_fips_means_the_region_with_fips)
{
    struct fixture f;
    fixture_init(&f);
    struct endpoint_values values =
        applied(&f, (struct endpoint_settings){.region = TEXT("fips-us-gov-west-1")});
    CHECK_TEXT(fixture_string(&f, values.slots[REGION].string), "us-gov-west-1");
    CHECK(values.slots[FIPS].boolean);
    values = applied(&f, (struct endpoint_settings){.region = TEXT("aws-global-fips")});
    CHECK_TEXT(fixture_string(&f, values.slots[REGION].string), "aws-global");
    CHECK(values.slots[FIPS].boolean);
    values = applied(&f, (struct endpoint_settings){.region = TEXT("eu-west-1")});
    CHECK(!values.slots[FIPS].boolean);
    values = applied(&f, (struct endpoint_settings){.fips = true});
    CHECK(values.slots[FIPS].boolean);
    CHECK_EQ(values.slots[REGION].kind, ENDPOINT_UNSET);
    fixture_release(&f);
}

TEST(an_endpoint_of_ones_own_is_addressed_by_path_unless_told_otherwise)
{
    static const struct {
        const char *url;
        enum endpoint_addressing addressing;
        bool accelerate, by_path;
    } cases[] = {
        {NULL, ENDPOINT_ADDRESSING_AUTO, false, false},
        {NULL, ENDPOINT_PATH_STYLE, false, true},
        {NULL, ENDPOINT_PATH_STYLE, true, false},
        {"http://localhost:9000", ENDPOINT_ADDRESSING_AUTO, false, true},
        {"http://localhost:9000", ENDPOINT_VIRTUAL_HOST, false, false},
        {"https://s3-accelerate.amazonaws.com", ENDPOINT_ADDRESSING_AUTO, false, false},
        {"https://s3-accelerate.example.com", ENDPOINT_ADDRESSING_AUTO, false, true},
    };
    struct fixture f;
    fixture_init(&f);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct endpoint_settings settings = {.endpoint_url = text_of(cases[i].url)};
        settings.s3.addressing = cases[i].addressing;
        settings.s3.accelerate = cases[i].accelerate;
        struct endpoint_values values = applied(&f, settings);
        CHECK_EQ(values.slots[PATH_STYLE].boolean, cases[i].by_path);
    }
    fixture_release(&f);
}

TEST(what_is_undecided_stays_unset)
{
    struct fixture f;
    fixture_init(&f);
    struct endpoint_settings settings = {.region = TEXT("us-east-1")};
    CHECK_EQ(applied(&f, settings).slots[ARN_REGION].kind, ENDPOINT_UNSET);
    CHECK_EQ(applied(&f, settings).slots[ENDPOINT].kind, ENDPOINT_UNSET);
    CHECK(!applied(&f, settings).slots[GLOBAL].boolean);
    settings.s3.use_arn_region = ENDPOINT_NO;
    settings.s3.us_east_1_global = true;
    CHECK_EQ(applied(&f, settings).slots[ARN_REGION].kind, ENDPOINT_BOOLEAN);
    CHECK(!applied(&f, settings).slots[ARN_REGION].boolean);
    CHECK(applied(&f, settings).slots[GLOBAL].boolean);
    fixture_release(&f);
}

TEST(dual_stack_and_fips_give_way_to_an_endpoint_url)
{
    struct fixture f;
    fixture_init(&f);
    struct endpoint_settings settings = {.s3 = {.dual_stack = true}};
    CHECK(applied(&f, settings).slots[DUAL_STACK].boolean);
    settings.endpoint_url = TEXT("https://localhost");
    CHECK(!applied(&f, settings).slots[DUAL_STACK].boolean);
    settings.dual_stack = settings.fips = true;
    CHECK(!applied(&f, settings).slots[DUAL_STACK].boolean);
    CHECK(!applied(&f, settings).slots[FIPS].boolean);
    fixture_release(&f);
}

TEST(an_access_point_is_never_addressed_by_path)
{
    struct fixture f;
    struct endpoint_values values;
    fixture_init(&f);
    struct endpoint_rules *rules = fixture_rules(&f, RULES);
    endpoint_values_init(&values, rules);
    endpoint_value_set_boolean(&values, PATH_STYLE, true);
    endpoint_values_relax_path_style(&values, rules);
    CHECK(values.slots[PATH_STYLE].boolean);
    endpoint_value_set_string(&values, BUCKET, TEXT("bucket"));
    endpoint_values_relax_path_style(&values, rules);
    CHECK(values.slots[PATH_STYLE].boolean);
    endpoint_value_set_string(&values, BUCKET, TEXT("arn:aws:s3:us-west-2:1:accesspoint/a"));
    endpoint_values_relax_path_style(&values, rules);
    CHECK(!values.slots[PATH_STYLE].boolean);
    fixture_release(&f);
}
