#include "signing/signing.h"

#include "request.h"
#include "vectors.h"

#include <dirent.h>

static struct tally tally = {.group = "sigv4"};

/* One signing: what goes in, and what is looked at. */
struct trial {
    struct bench bench;
    struct sigv4_signer signer;
    struct http_draft draft;
    text body;
    struct secret secret;
    struct signing_credentials credentials;
    struct sigv4_options options;
    struct buffer canonical, to_sign;
    int64_t now_s;
    char payload[2 * SHA256_SIZE];
};

static void trial_init(struct trial *trial)
{
    *trial = (struct trial){0};
    bench_init(&trial->bench);
    sigv4_signer_init(&trial->signer);
    buffer_init(&trial->canonical, &trial->bench.arena);
    buffer_init(&trial->to_sign, &trial->bench.arena);
    trial->credentials.secret_key = &trial->secret;
    trial->options.credentials = &trial->credentials;
    trial->options.canonical = &trial->canonical;
    trial->options.to_sign = &trial->to_sign;
}

static void trial_release(struct trial *trial)
{
    sigv4_signer_release(&trial->signer);
    bench_release(&trial->bench);
}

static void set_credentials(struct trial *trial, text id, text secret, text token)
{
    CHECK(secret_set(&trial->secret, secret));
    trial->credentials.access_key_id = id;
    trial->credentials.session_token = token;
}

static void use_body_as_payload(struct trial *trial)
{
    unsigned char digest[SHA256_SIZE];
    sha256_once(digest, trial->body);
    hex_encode(trial->payload, digest, sizeof digest);
    trial->options.payload = text_from(trial->payload, sizeof trial->payload);
}

/* 20150830T123600Z */
static int64_t basic_time(text written)
{
    char iso[21];
    snprintf(
        iso, sizeof iso, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", written.data, written.data + 4,
        written.data + 6, written.data + 9, written.data + 11, written.data + 13);
    struct date date;
    CHECK(date_parse_iso8601(text_of(iso), &date));
    return date.seconds;
}

static bool same_file(struct trial *trial, text actual, const char *path)
{
    text expected = vector_text(&trial->bench, path);
    if (text_equals(text_trim(actual), text_trim(expected)))
        return true;
    printf("%s:\n%.*s\nis not\n%.*s\n", path, TEXT_ARGS(actual), TEXT_ARGS(expected));
    return false;
}

static text header_of(const struct http_draft *draft, const char *name)
{
    const struct http_header *header = http_draft_find(draft, text_of(name));
    return header ? text_trim(header->value) : (text){NULL, 0};
}

/* ---- aws-c-auth's suite -----------------------------------------------------------------------
 */

static void read_context(struct trial *trial, const char *folder)
{
    const struct json_value *context =
        vector_json(&trial->bench, vector_path("sigv4/suite/%s/context.json", folder));
    const struct json_value *credentials = json_member(context, TEXT("credentials"));
    set_credentials(
        trial, json_member_text(credentials, "access_key_id"),
        json_member_text(credentials, "secret_access_key"), json_member_text(credentials, "token"));
    trial->options.region = json_member_text(context, "region");
    trial->options.service = json_member_text(context, "service");
    trial->options.path_not_normalized = !json_is_true(json_member(context, TEXT("normalize")));
    trial->options.payload_header = json_is_true(json_member(context, TEXT("sign_body")));
    trial->options.token_unsigned = json_is_true(json_member(context, TEXT("omit_session_token")));
    trial->options.expires_s =
        (uint32_t)json_i64(json_member(context, TEXT("expiration_in_seconds")), 0);
    struct date date;
    CHECK(date_parse_iso8601(json_member_text(context, "timestamp"), &date));
    trial->now_s = date.seconds;
}

static void read_request(struct trial *trial, const char *folder)
{
    text raw = vector_text(&trial->bench, vector_path("sigv4/suite/%s/request.txt", folder));
    trial->body = draft_read(&trial->draft, &trial->bench.arena, raw);
    if (trial->options.payload_header)
        use_body_as_payload(trial);
}

/* All the parameters of one query are in the other, and the other way round. */
static bool same_parameters(text left, text right)
{
    size_t counts[2] = {0, 0}, found = 0;
    for (text a = left; a.data;) {
        text one = text_split(a, '&', &a);
        counts[0]++;
        counts[1] = 0;
        for (text b = right; b.data;) {
            found += text_equals(one, text_split(b, '&', &b));
            counts[1]++;
        }
    }
    return counts[0] == counts[1] && found >= counts[0];
}

static bool sign_in_headers(const char *folder)
{
    struct trial trial;
    trial_init(&trial);
    read_context(&trial, folder);
    read_request(&trial, folder);
    inia_status status = sigv4_sign_headers(
        &trial.signer, &trial.draft, &trial.bench.arena, &trial.options, trial.now_s);
    struct http_draft expected;
    text raw =
        vector_text(&trial.bench, vector_path("sigv4/suite/%s/header-signed-request.txt", folder));
    draft_read(&expected, &trial.bench.arena, raw);
    static const char *const names[] = {
        "authorization", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256"};
    bool same = status == INIA_OK && trial.draft.header_count == expected.header_count;
    for (size_t i = 0; i < COUNT_OF(names); i++)
        same &= text_equals(header_of(&trial.draft, names[i]), header_of(&expected, names[i]));
    same &= same_file(
        &trial, buffer_text(&trial.canonical),
        vector_path("sigv4/suite/%s/header-canonical-request.txt", folder));
    same &= same_file(
        &trial, buffer_text(&trial.to_sign),
        vector_path("sigv4/suite/%s/header-string-to-sign.txt", folder));
    trial_release(&trial);
    return same;
}

static bool sign_in_query(const char *folder)
{
    struct trial trial;
    trial_init(&trial);
    read_context(&trial, folder);
    read_request(&trial, folder);
    inia_status status =
        sigv4_presign(&trial.signer, &trial.draft, &trial.bench.arena, &trial.options, trial.now_s);
    struct http_draft expected;
    text raw =
        vector_text(&trial.bench, vector_path("sigv4/suite/%s/query-signed-request.txt", folder));
    draft_read(&expected, &trial.bench.arena, raw);
    bool same = status == INIA_OK && same_parameters(trial.draft.query, expected.query);
    if (!same)
        printf("%.*s\nis not\n%.*s\n", TEXT_ARGS(trial.draft.query), TEXT_ARGS(expected.query));
    same &= same_file(
        &trial, buffer_text(&trial.canonical),
        vector_path("sigv4/suite/%s/query-canonical-request.txt", folder));
    same &= same_file(
        &trial, buffer_text(&trial.to_sign),
        vector_path("sigv4/suite/%s/query-string-to-sign.txt", folder));
    trial_release(&trial);
    return same;
}

static void for_each_folder(const char *parent, void (*run)(const char *folder))
{
    DIR *folders = opendir(vector_path("%s", parent));
    CHECK(folders != NULL);
    for (struct dirent *entry; (entry = readdir(folders));)
        if (entry->d_name[0] != '.')
            run(entry->d_name);
    closedir(folders);
}

static void run_suite_case(const char *folder)
{
    tally_case(&tally, sign_in_headers(folder), "suite, headers", text_of(folder));
    tally_case(&tally, sign_in_query(folder), "suite, query", text_of(folder));
}

TEST(requests_of_aws_c_auth_are_signed_as_it_does)
{
    for_each_folder("sigv4/suite", run_suite_case);
}

/* ---- Two that are encoded twice ---------------------------------------------------------------
 */

static void run_double_encode_case(const char *folder)
{
    struct trial trial;
    trial_init(&trial);
    text raw =
        vector_text(&trial.bench, vector_path("sigv4/suite-double-encode/%s/request.txt", folder));
    trial.body = draft_read(&trial.draft, &trial.bench.arena, raw);
    text creq = vector_text(
        &trial.bench,
        vector_path("sigv4/suite-double-encode/%s/header-canonical-request.txt", folder));
    set_credentials(
        &trial, TEXT("AKIDEXAMPLE"), TEXT("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
        (text){NULL, 0});
    trial.options.region = TEXT("us-east-1");
    trial.options.service = TEXT("service");
    trial.options.payload = text_after(creq, text_find_last(creq, '\n') + 1);
    /* What the signed request has and the raw one has not came from the source's own settings. */
    for (text rest = creq; rest.data;) {
        text value, name = text_split(text_split(rest, '\n', &rest), ':', &value);
        if (text_equals(name, TEXT("x-amz-date")))
            trial.now_s = basic_time(value);
        bool wanted = text_equals(name, TEXT("x-amz-content-sha256")) ||
                      text_equals(name, TEXT("x-amz-security-token"));
        if (wanted && !http_draft_find(&trial.draft, name) && value.data) {
            if (text_equals(name, TEXT("x-amz-security-token")))
                trial.credentials.session_token = value;
            else
                trial.options.payload_header = true;
        }
    }
    inia_status status = sigv4_sign_headers(
        &trial.signer, &trial.draft, &trial.bench.arena, &trial.options, trial.now_s);
    bool same = status == INIA_OK && text_equals(buffer_text(&trial.canonical), creq);
    if (!same)
        printf("%.*s\nis not\n%.*s\n", TEXT_ARGS(buffer_text(&trial.canonical)), TEXT_ARGS(creq));
    tally_case(&tally, same, "double encode", text_of(folder));
    trial_release(&trial);
}

TEST(paths_that_are_encoded_are_encoded_again)
{
    for_each_folder("sigv4/suite-double-encode", run_double_encode_case);
}

/* ---- botocore's older suite -------------------------------------------------------------------
 */

static text old_suite_file(struct trial *trial, const char *folder, const char *end)
{
    const char *name = strrchr(folder, '/');
    name = name ? name + 1 : folder;
    return vector_text(
        &trial->bench, vector_path("sigv4/botocore-suite/%s/%s.%s", folder, name, end));
}

static bool same_text(text actual, text expected)
{
    if (text_equals(text_trim(actual), text_trim(expected)))
        return true;
    printf("%.*s\nis not\n%.*s\n", TEXT_ARGS(actual), TEXT_ARGS(expected));
    return false;
}

static text without_carriage_returns(struct trial *trial, text lines)
{
    struct buffer out;
    buffer_init(&out, &trial->bench.arena);
    for (size_t i = 0; i < lines.size; i++)
        if (lines.data[i] != '\r')
            buffer_add_char(&out, lines.data[i]);
    return buffer_text(&out);
}

static void run_old_case(const char *folder)
{
    struct trial trial;
    trial_init(&trial);
    trial.body =
        draft_read(&trial.draft, &trial.bench.arena, old_suite_file(&trial, folder, "req"));
    text creq = without_carriage_returns(&trial, old_suite_file(&trial, folder, "creq"));
    text token = {NULL, 0};
    for (text rest = creq; rest.data;) {
        text value, name = text_split(text_split(rest, '\n', &rest), ':', &value);
        if (text_equals(name, TEXT("x-amz-security-token")))
            token = value;
    }
    set_credentials(
        &trial, TEXT("AKIDEXAMPLE"), TEXT("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), token);
    trial.options.region = TEXT("us-east-1");
    trial.options.service = TEXT("service");
    use_body_as_payload(&trial);
    inia_status status = sigv4_sign_headers(
        &trial.signer, &trial.draft, &trial.bench.arena, &trial.options,
        basic_time(TEXT("20150830T123600Z")));
    bool same = status == INIA_OK;
    same &= same_text(buffer_text(&trial.canonical), creq);
    same &= same_text(
        buffer_text(&trial.to_sign),
        without_carriage_returns(&trial, old_suite_file(&trial, folder, "sts")));
    same &= same_text(
        header_of(&trial.draft, "authorization"), old_suite_file(&trial, folder, "authz"));
    tally_case(&tally, same, "botocore's suite", text_of(folder));
    trial_release(&trial);
}

static void run_old_folder(const char *folder)
{
    const char *name = strrchr(folder, '/');
    name = name ? name + 1 : folder;
    if (vector_exists(vector_path("sigv4/botocore-suite/%s/%s.req", folder, name))) {
        run_old_case(folder);
        return;
    }
    char inner[512];
    DIR *folders = opendir(vector_path("sigv4/botocore-suite/%s", folder));
    CHECK(folders != NULL);
    for (struct dirent *entry; (entry = readdir(folders));) {
        snprintf(inner, sizeof inner, "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] != '.' && entry->d_type == DT_DIR)
            run_old_folder(inner);
    }
    closedir(folders);
}

TEST(requests_of_botocores_suite_are_signed_as_it_does)
{
    for_each_folder("sigv4/botocore-suite", run_old_folder);
}

/* The line of a canonical request, from 0. */
static text canonical_line(const struct trial *trial, size_t number)
{
    text rest = buffer_text(&trial->canonical), line = rest;
    for (size_t i = 0; i <= number; i++)
        line = text_split(rest, '\n', &rest);
    return line;
}

/* ---- Which headers are signed, what is replaced ------------------------------------------------
 */

static void use_rules_context(struct trial *trial, const struct json_value *rules)
{
    const struct json_value *context = json_member(rules, TEXT("context"));
    set_credentials(
        trial, json_member_text(context, "access_key_id"),
        json_member_text(context, "secret_access_key"), (text){NULL, 0});
    trial->options.region = json_member_text(context, "region");
    trial->options.service = json_member_text(context, "service");
    trial->now_s = basic_time(json_member_text(context, "date"));
}

TEST(headers_that_may_change_on_the_way_are_not_signed)
{
    struct bench bench;
    bench_init(&bench);
    const struct json_value *rules = vector_json(&bench, vector_path("sigv4/header-rules.json"));
    const struct json_value *cases = json_member(rules, TEXT("unsigned_headers"));
    for (size_t i = 0; i < cases->count; i++) {
        const struct json_value *one = json_item(cases, i);
        const struct json_value *excluded = json_member(one, TEXT("caller_excluded_headers"));
        text names[8];
        struct trial trial;
        trial_init(&trial);
        use_rules_context(&trial, rules);
        draft_read(&trial.draft, &trial.bench.arena, json_member_text(one, "request"));
        for (size_t n = 0; excluded && n < excluded->count; n++)
            names[trial.options.unsigned_header_count++] = json_text(json_item(excluded, n));
        trial.options.unsigned_headers = names;
        inia_status status = sigv4_sign_headers(
            &trial.signer, &trial.draft, &trial.bench.arena, &trial.options, trial.now_s);
        tally_case(
            &tally,
            status == INIA_OK &&
                same_text(
                    buffer_text(&trial.canonical), json_member_text(one, "canonical_request")),
            "unsigned headers", json_member_text(one, "id"));
        trial_release(&trial);
    }
    bench_release(&bench);
}

TEST(headers_that_botocore_never_signs_are_not_signed)
{
    struct bench bench;
    bench_init(&bench);
    const struct json_value *rules = vector_json(&bench, vector_path("sigv4/header-rules.json"));
    const struct json_value *cases = json_member(rules, TEXT("botocore_never_signed_headers"));
    for (size_t i = 0; i < cases->count; i++) {
        const struct json_value *pair = json_item(cases, i);
        struct trial trial;
        trial_init(&trial);
        use_rules_context(&trial, rules);
        draft_read(&trial.draft, &trial.bench.arena, TEXT("GET / HTTP/1.1\nhost:a\n\n"));
        text name = json_text(json_item(pair, 0));
        CHECK(
            http_draft_add(&trial.draft, &trial.bench.arena, name, json_text(json_item(pair, 1))));
        inia_status status = sigv4_sign_headers(
            &trial.signer, &trial.draft, &trial.bench.arena, &trial.options, trial.now_s);
        text signed_names = canonical_line(&trial, 6);
        bool is_unsigned = status == INIA_OK && text_equals(signed_names, TEXT("host;x-amz-date"));
        tally_case(&tally, is_unsigned, "never signed", name);
        trial_release(&trial);
    }
    bench_release(&bench);
}

static size_t count_parameters(text query, text wanted)
{
    size_t count = 0;
    for (text rest = query; rest.data;) {
        text value;
        count += text_equals(text_split(text_split(rest, '&', &rest), '=', &value), wanted);
    }
    return count;
}

/* aws-c-auth refuses these; here what signing adds takes the place of what was there. */
TEST(what_signing_adds_takes_the_place_of_what_was_there)
{
    struct bench bench;
    bench_init(&bench);
    const struct json_value *rules = vector_json(&bench, vector_path("sigv4/header-rules.json"));
    const struct json_value *cases = json_member(rules, TEXT("forbidden"));
    for (size_t i = 0; i < cases->count; i++) {
        const struct json_value *one = json_item(cases, i);
        struct trial trial;
        trial_init(&trial);
        use_rules_context(&trial, rules);
        draft_read(&trial.draft, &trial.bench.arena, json_member_text(one, "request"));
        trial.options.payload_header = true;
        text value, name = text_split(trial.draft.query, '=', &value);
        bool good = true;
        if (name.size) {
            good &= sigv4_presign(
                        &trial.signer, &trial.draft, &trial.bench.arena, &trial.options,
                        trial.now_s) == INIA_OK;
            good &= count_parameters(trial.draft.query, name) == 1;
            good &= text_find_text(trial.draft.query, value) == SIZE_MAX;
        } else {
            good &= sigv4_sign_headers(
                        &trial.signer, &trial.draft, &trial.bench.arena, &trial.options,
                        trial.now_s) == INIA_OK;
            good &= text_equals(header_of(&trial.draft, "x-amz-date"), TEXT("20150830T123600Z"));
            good &= header_of(&trial.draft, "x-amz-content-sha256").size == 2 * SHA256_SIZE;
            good &= trial.draft.header_count == 4;
        }
        tally_case(&tally, good, "replaced", json_member_text(one, "id"));
        trial_release(&trial);
    }
    bench_release(&bench);
}

/* ---- Known answers ----------------------------------------------------------------------------
 */

static void use_url(struct trial *trial, text method, text url)
{
    struct uri uri;
    CHECK(uri_parse(&uri, url) == NULL);
    trial->draft = (struct http_draft){.method = method, .path = uri.path, .query = uri.query};
    CHECK(http_draft_add(&trial->draft, &trial->bench.arena, TEXT("host"), uri.authority));
}

static text parameter(text query, text name)
{
    for (text rest = query; rest.data;) {
        text value, key = text_split(text_split(rest, '&', &rest), '=', &value);
        if (text_equals(key, name))
            return value;
    }
    return (text){NULL, 0};
}

/* The members of a JSON object, as a query that has them all. */
static text body_as_query(struct trial *trial, text body)
{
    struct json_problem problem;
    const struct json_value *object =
        json_parse(trial->bench.json, body, &trial->bench.arena, &problem);
    struct buffer query;
    buffer_init(&query, &trial->bench.arena);
    for (size_t i = 0; object && i < object->count; i++) {
        if (i)
            buffer_add_char(&query, '&');
        buffer_add_percent(&query, object->names[i], PERCENT_UNRESERVED);
        buffer_add_char(&query, '=');
        buffer_add_percent(&query, json_text(&object->items[i]), PERCENT_UNRESERVED);
    }
    return buffer_text(&query);
}

static bool presign_known_answer(const struct json_value *one)
{
    struct trial trial;
    trial_init(&trial);
    use_url(&trial, json_member_text(one, "method"), json_member_text(one, "url"));
    set_credentials(
        &trial, json_member_text(one, "access_key_id"), json_member_text(one, "secret_access_key"),
        (text){NULL, 0});
    trial.options.region = json_member_text(one, "region");
    trial.options.service = json_member_text(one, "service");
    trial.options.expires_s = (uint32_t)json_i64(json_member(one, TEXT("expires")), 0);
    if (json_member_text(one, "body").size)
        trial.draft.query = body_as_query(&trial, json_member_text(one, "body"));
    bool good = sigv4_presign(
                    &trial.signer, &trial.draft, &trial.bench.arena, &trial.options,
                    basic_time(json_member_text(one, "date"))) == INIA_OK;
    const struct json_value *query = json_member(one, TEXT("query"));
    for (size_t i = 0; query && i < query->count; i++) {
        text raw = parameter(trial.draft.query, query->names[i]);
        char *decoded = arena_alloc(&trial.bench.arena, raw.size);
        size_t size = percent_decode(decoded, raw);
        good &= same_text(text_from(decoded, size), json_text(&query->items[i]));
    }
    text result = json_member_text(one, "result"), expected;
    if (result.size) {
        (void)text_split(result, '?', &expected);
        good &= same_parameters(trial.draft.query, expected);
    }
    trial_release(&trial);
    return good;
}

TEST(presigned_urls_are_as_botocores)
{
    struct bench bench;
    bench_init(&bench);
    const struct json_value *answers = vector_json(&bench, vector_path("sigv4/known-answers.json"));
    const struct json_value *cases = json_member(answers, TEXT("presign"));
    for (size_t i = 0; i < cases->count; i++) {
        const struct json_value *one = json_item(cases, i);
        tally_case(&tally, presign_known_answer(one), "presign", json_member_text(one, "id"));
    }
    const struct json_value *order = json_member(answers, TEXT("presign_query_order"));
    struct trial trial;
    trial_init(&trial);
    set_credentials(&trial, TEXT("id"), TEXT("secret"), (text){NULL, 0});
    use_url(&trial, json_member_text(order, "method"), json_member_text(order, "url"));
    trial.options.region = trial.options.service = TEXT("x");
    CHECK_EQ(
        sigv4_presign(&trial.signer, &trial.draft, &trial.bench.arena, &trial.options, 0), INIA_OK);
    text start = text_after(json_member_text(order, "contains"), 1);
    tally_case(&tally, text_starts_with(trial.draft.query, start), "order", start);
    trial_release(&trial);
    bench_release(&bench);
}

static void sign_anything(struct trial *trial)
{
    set_credentials(trial, TEXT("id"), TEXT("secret"), (text){NULL, 0});
    trial->options.region = trial->options.service = TEXT("x");
    CHECK_EQ(
        sigv4_sign_headers(&trial->signer, &trial->draft, &trial->bench.arena, &trial->options, 0),
        INIA_OK);
}

TEST(queries_header_values_and_payloads_are_canonical_as_botocores)
{
    struct bench bench;
    bench_init(&bench);
    const struct json_value *answers = vector_json(&bench, vector_path("sigv4/known-answers.json"));
    const struct json_value *queries = json_member(answers, TEXT("canonical_query"));
    for (size_t i = 0; i < queries->count; i++) {
        const struct json_value *one = json_item(queries, i);
        struct trial trial;
        trial_init(&trial);
        use_url(&trial, TEXT("GET"), json_member_text(one, "url"));
        sign_anything(&trial);
        tally_case(
            &tally, same_text(canonical_line(&trial, 2), json_member_text(one, "canonical_query")),
            "canonical query", json_member_text(one, "id"));
        trial_release(&trial);
    }
    const struct json_value *values = json_member(answers, TEXT("canonical_header_values"));
    for (size_t i = 0; i < values->count; i++) {
        const struct json_value *one = json_item(values, i);
        struct trial trial;
        trial_init(&trial);
        use_url(&trial, TEXT("GET"), TEXT("http://a/"));
        CHECK(http_draft_add(
            &trial.draft, &trial.bench.arena, TEXT("a"), json_member_text(one, "in")));
        sign_anything(&trial);
        tally_case(
            &tally,
            same_text(text_after(canonical_line(&trial, 3), 2), json_member_text(one, "out")),
            "canonical header value", json_member_text(one, "in"));
        trial_release(&trial);
    }
    const struct json_value *bodies = json_member(answers, TEXT("payload_hash"));
    for (size_t i = 0; i < bodies->count; i++) {
        const struct json_value *one = json_item(bodies, i);
        struct trial trial;
        trial_init(&trial);
        trial.body = json_member_text(one, "body");
        use_body_as_payload(&trial);
        tally_case(
            &tally, same_text(trial.options.payload, json_member_text(one, "sha256")),
            "payload hash", trial.body);
        trial_release(&trial);
    }
    /* The host is what the draft's header says: whoever writes it leaves out the scheme's own port
     * and the user information. */
    tally.left_out += json_member(answers, TEXT("canonical_host"))->count;
    bench_release(&bench);
}

TEST(sigv4_tally)
{
    (void)test_vectors();
    tally_finish(&tally, "canonical_host: the host header comes with the request");
}
