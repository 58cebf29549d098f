#include "trial.h"

static struct tally tally = {.group = "sigv2"};

static void read_credentials(struct trial *trial, const struct json_value *one)
{
    set_credentials(
        trial, json_member_text(one, "access_key_id"), json_member_text(one, "secret_access_key"),
        (text){NULL, 0});
}

static void read_headers(struct trial *trial, const struct json_value *one)
{
    const struct json_value *headers = json_member(one, TEXT("headers"));
    struct buffer raw;
    buffer_init(&raw, &trial->bench.arena);
    text method = json_member_text(one, "method");
    buffer_add_format(
        &raw, "%.*s %.*s HTTP/1.1\n", TEXT_ARGS(method.size ? method : TEXT("GET")),
        TEXT_ARGS(json_member_text(one, "path")));
    for (size_t i = 0; headers && i < headers->count; i++) {
        const struct json_value *pair = json_item(headers, i);
        buffer_add_format(
            &raw, "%.*s:%.*s\n", TEXT_ARGS(json_text(json_item(pair, 0))),
            TEXT_ARGS(json_text(json_item(pair, 1))));
    }
    draft_read(&trial->draft, &trial->bench.arena, buffer_text(&raw));
}

static bool has_parameter(struct trial *trial, text query, text name, text expected)
{
    text value = parameter(query, name);
    char *decoded = arena_alloc(&trial->bench.arena, value.size + 1);
    size_t size = percent_decode(decoded, value);
    return same_text(text_from(decoded, size), expected);
}

static bool sign_query_protocol(const struct json_value *one)
{
    struct trial trial;
    trial_init(&trial);
    read_credentials(&trial, one);
    struct date date;
    CHECK(date_parse_iso8601(json_member_text(one, "timestamp"), &date));
    const struct json_value *params = json_member(one, TEXT("params"));
    const struct json_value *added = json_member(one, TEXT("added"));
    struct buffer parameters;
    buffer_init(&parameters, &trial.bench.arena);
    for (size_t i = 0; params && i < params->count; i++) {
        buffer_add_char(&parameters, '&');
        buffer_add_percent(&parameters, params->names[i], PERCENT_UNRESERVED);
        buffer_add_char(&parameters, '=');
        buffer_add_percent(&parameters, json_text(&params->items[i]), PERCENT_UNRESERVED);
    }
    struct sigv2_request request = {
        .method = json_member_text(one, "method"),
        .host = json_member_text(one, "host"),
        .path = json_member_text(one, "path"),
        .credentials = &trial.credentials,
    };
    text written = buffer_text(&parameters);
    bool good = sigv2_sign(&request, &written, &trial.bench.arena, date.seconds) == INIA_OK;
    /* Once more: nothing is added twice. */
    good &= sigv2_sign(&request, &written, &trial.bench.arena, date.seconds) == INIA_OK;
    for (size_t i = 0; added && i < added->count; i++)
        good &= has_parameter(&trial, written, added->names[i], json_text(&added->items[i]));
    good &= has_parameter(&trial, written, TEXT("Signature"), json_member_text(one, "signature"));
    trial_release(&trial);
    return good;
}

static bool sign_s3_headers(const struct json_value *one)
{
    struct trial trial;
    trial_init(&trial);
    read_credentials(&trial, one);
    read_headers(&trial, one);
    bool good = sigv2_sign_s3(&trial.draft, &trial.bench.arena, &trial.credentials, 0) == INIA_OK;
    text signature, authorization = header_of(&trial.draft, "authorization");
    text start = text_split(authorization, ':', &signature);
    good &= text_starts_with(start, TEXT("AWS ")) &&
            text_equals(text_after(start, 4), trial.credentials.access_key_id);
    good &= same_text(signature, json_member_text(one, "signature"));
    trial_release(&trial);
    return good;
}

static bool presign_s3(const struct json_value *one)
{
    struct trial trial;
    trial_init(&trial);
    read_credentials(&trial, one);
    read_headers(&trial, one);
    struct uri uri;
    CHECK(uri_parse(&uri, json_member_text(one, "url")) == NULL);
    trial.draft.path = uri.path;
    trial.draft.query = uri.query;
    int64_t expires;
    CHECK(text_to_i64(json_member_text(one, "expires"), &expires));
    bool good =
        sigv2_presign_s3(&trial.draft, &trial.bench.arena, &trial.credentials, expires) == INIA_OK;
    const struct json_value *query = json_member(one, TEXT("query"));
    for (size_t i = 0; query && i < query->count; i++)
        good &=
            has_parameter(&trial, trial.draft.query, query->names[i], json_text(&query->items[i]));
    good &=
        has_parameter(&trial, trial.draft.query, TEXT("Expires"), json_member_text(one, "expires"));
    trial_release(&trial);
    return good;
}

static bool sign_version_3(const struct json_value *one)
{
    struct trial trial;
    trial_init(&trial);
    read_credentials(&trial, one);
    read_headers(&trial, one);
    bool good = sigv3_sign(&trial.draft, &trial.bench.arena, &trial.credentials, 0) == INIA_OK;
    good &= same_text(
        header_of(&trial.draft, "x-amzn-authorization"),
        json_member_text(one, "x_amzn_authorization"));
    trial_release(&trial);
    return good;
}

TEST(requests_are_signed_as_before_sigv4)
{
    static const struct {
        const char *group;
        bool (*sign)(const struct json_value *one);
    } groups[] = {
        {"sigv2", sign_query_protocol},
        {"s3_hmac_v1", sign_s3_headers},
        {"s3_hmac_v1_presign", presign_s3},
        {"sigv3", sign_version_3},
    };
    struct bench bench;
    bench_init(&bench);
    const struct json_value *root = vector_json(&bench, vector_path("sigv2/known-answers.json"));
    for (size_t g = 0; g < COUNT_OF(groups); g++) {
        const struct json_value *cases = json_member(root, text_of(groups[g].group));
        for (size_t i = 0; cases && i < cases->count; i++) {
            const struct json_value *one = json_item(cases, i);
            tally_case(&tally, groups[g].sign(one), groups[g].group, json_member_text(one, "id"));
        }
    }
    bench_release(&bench);
    tally_finish(&tally, "");
}
