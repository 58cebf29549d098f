#include "rules.h"

#include "formats/formats.h"

static void set_flag(
    struct endpoint_values *values, const struct endpoint_rules *rules, text built_in, bool flag)
{
    endpoint_value_set_boolean(values, endpoint_rules_built_in(rules, built_in), flag);
}

static void set_text(
    struct endpoint_values *values, const struct endpoint_rules *rules, text built_in, text string)
{
    if (string.data)
        endpoint_value_set_string(values, endpoint_rules_built_in(rules, built_in), string);
}

/* Takes the "fips" out of a region that says it. */
static bool take_fips(text *region)
{
    text before = TEXT("fips-"), after = TEXT("-fips");
    if (text_starts_with(*region, before))
        *region = text_after(*region, before.size);
    else if (text_ends_with(*region, after))
        region->size -= after.size;
    else
        return false;
    return true;
}

/* s3-accelerate.amazonaws.com, or with dualstack in between. */
static bool is_accelerate_url(text url)
{
    struct uri uri;
    if (!url.data || uri_parse(&uri, url))
        return false;
    return text_equals(uri.host, TEXT("s3-accelerate.amazonaws.com")) ||
           text_equals(uri.host, TEXT("s3-accelerate.dualstack.amazonaws.com"));
}

static bool wants_path_style(const struct endpoint_settings *settings)
{
    if (settings->s3.accelerate)
        return false;
    if (settings->endpoint_url.data && !is_accelerate_url(settings->endpoint_url))
        return settings->s3.addressing != ENDPOINT_VIRTUAL_HOST;
    return settings->s3.addressing == ENDPOINT_PATH_STYLE;
}

static void apply_s3(
    const struct endpoint_settings *settings, const struct endpoint_rules *rules,
    struct endpoint_values *values)
{
    bool is_global =
        settings->s3.us_east_1_global && text_equals(settings->region, TEXT("us-east-1"));
    set_flag(values, rules, TEXT("AWS::S3::ForcePathStyle"), wants_path_style(settings));
    set_flag(values, rules, TEXT("AWS::S3::Accelerate"), settings->s3.accelerate);
    set_flag(values, rules, TEXT("AWS::S3::UseGlobalEndpoint"), is_global);
    set_flag(
        values, rules, TEXT("AWS::S3::DisableMultiRegionAccessPoints"),
        settings->s3.disable_multi_region_access_points);
    if (settings->s3.use_arn_region != ENDPOINT_UNDECIDED) {
        bool use = settings->s3.use_arn_region == ENDPOINT_YES;
        set_flag(values, rules, TEXT("AWS::S3::UseArnRegion"), use);
        set_flag(values, rules, TEXT("AWS::S3Control::UseArnRegion"), use);
    }
    if (settings->s3.disable_express_session_auth) {
        int slot = endpoint_rules_parameter(rules, TEXT("DisableS3ExpressSessionAuth"));
        endpoint_value_set_boolean(values, slot, true);
    }
}

void endpoint_settings_apply(
    const struct endpoint_settings *settings, const struct endpoint_rules *rules,
    struct endpoint_values *values)
{
    text region = settings->region;
    bool is_own = settings->endpoint_url.data; /* which is what it is, as in botocore */
    bool fips = (take_fips(&region) || settings->fips) && !is_own;
    bool dual_stack = (settings->dual_stack || settings->s3.dual_stack) && !is_own;
    set_text(values, rules, TEXT("AWS::Region"), region);
    set_text(values, rules, TEXT("SDK::Endpoint"), settings->endpoint_url);
    set_flag(values, rules, TEXT("AWS::UseFIPS"), fips);
    set_flag(values, rules, TEXT("AWS::UseDualStack"), dual_stack);
    set_flag(values, rules, TEXT("AWS::STS::UseGlobalEndpoint"), settings->sts_global);
    set_text(values, rules, TEXT("AWS::Auth::AccountId"), settings->account_id);
    set_text(values, rules, TEXT("AWS::Auth::AccountIdEndpointMode"), settings->account_id_mode);
    apply_s3(settings, rules, values);
}

void endpoint_values_relax_path_style(
    struct endpoint_values *values, const struct endpoint_rules *rules)
{
    if (rules->path_style < 0 || rules->bucket < 0 ||
        values->slots[rules->bucket].kind != ENDPOINT_STRING)
        return;
    if (text_starts_with(values->slots[rules->bucket].string, TEXT("arn:")))
        endpoint_value_set_boolean(values, rules->path_style, false);
}

void endpoint_values_force_path_style(
    struct endpoint_values *values, const struct endpoint_rules *rules)
{
    endpoint_value_set_boolean(values, rules->path_style, true);
}

bool endpoint_settings_allow_global(
    const struct endpoint_settings *settings, const struct endpoint_rules *rules)
{
    text region = settings->region;
    bool fips = take_fips(&region) || settings->fips;
    bool regional = settings->s3.us_east_1_regional && text_equals(region, TEXT("us-east-1"));
    if (endpoint_rules_built_in(rules, TEXT("AWS::S3::UseGlobalEndpoint")) < 0 || fips ||
        regional || settings->dual_stack || settings->s3.dual_stack ||
        settings->s3.addressing == ENDPOINT_VIRTUAL_HOST)
        return false;
    const struct endpoint_partition *partition =
        endpoint_partitions_find(rules->partitions, region);
    return partition && text_equals(partition->name, TEXT("aws"));
}

/* A letter or digit at both ends, those and hyphens between. */
static bool is_host_label(text label)
{
    if (!label.size || label.size > 63 || label.data[0] == '-' || label.data[label.size - 1] == '-')
        return false;
    for (size_t i = 0; i < label.size; i++) {
        char c = label.data[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_letter && !(c >= '0' && c <= '9') && c != '-')
            return false;
    }
    return true;
}

bool endpoint_values_go_global(struct endpoint_values *values, const struct endpoint_rules *rules)
{
    const struct endpoint_value *bucket = &values->slots[rules->bucket];
    if (values->slots[rules->path_style].boolean)
        return false;
    if (bucket->kind == ENDPOINT_STRING &&
        (!is_host_label(bucket->string) || text_ends_with(bucket->string, TEXT("--x-s3"))))
        return false;
    endpoint_value_set_string(
        values, endpoint_rules_built_in(rules, TEXT("AWS::Region")), TEXT("aws-global"));
    endpoint_value_set_boolean(
        values, endpoint_rules_built_in(rules, TEXT("AWS::S3::UseGlobalEndpoint")), true);
    return true;
}
