#include "trial.h"

static struct tally tally = {.group = "sigv4"};

/* ---- Which headers are signed, what is replaced ---------------------------------------------- */

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
    for (size_t i = 0; cases && i < cases->count; i++) {
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
    for (size_t i = 0; cases && i < cases->count; i++) {
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
    for (size_t i = 0; cases && i < cases->count; i++) {
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

/* ---- Known answers --------------------------------------------------------------------------- */

static void use_url(struct trial *trial, text method, text url)
{
    struct uri uri;
    CHECK(uri_parse(&uri, url) == NULL);
    trial->draft = (struct http_draft){.method = method, .path = uri.path, .query = uri.query};
    CHECK(http_draft_add(&trial->draft, &trial->bench.arena, TEXT("host"), uri.authority));
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

static void check_order(const struct json_value *order)
{
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
}

TEST(presigned_urls_are_as_botocores)
{
    struct bench bench;
    bench_init(&bench);
    const struct json_value *answers = vector_json(&bench, vector_path("sigv4/known-answers.json"));
    const struct json_value *cases = json_member(answers, TEXT("presign"));
    for (size_t i = 0; cases && i < cases->count; i++) {
        const struct json_value *one = json_item(cases, i);
        tally_case(&tally, presign_known_answer(one), "presign", json_member_text(one, "id"));
    }
    const struct json_value *order = json_member(answers, TEXT("presign_query_order"));
    if (order)
        check_order(order);
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
    for (size_t i = 0; queries && i < queries->count; i++) {
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
    for (size_t i = 0; values && i < values->count; i++) {
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
    for (size_t i = 0; bodies && i < bodies->count; i++) {
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
    const struct json_value *hosts = json_member(answers, TEXT("canonical_host"));
    tally.left_out += hosts ? hosts->count : 0;
    bench_release(&bench);
}

TEST(sigv4_tally)
{
    (void)test_vectors();
    tally_finish(&tally, "canonical_host: the host header comes with the request");
}
