#include "crypto/crypto.h"
#include "retry/retry.h"

#include "vectors.h"

static struct tally tally = {.group = "retries"};

static double number(const struct json_value *value, double fallback)
{
    if (!json_is(value, JSON_NUMBER))
        return fallback;
    char digits[64];
    snprintf(digits, sizeof digits, "%.*s", TEXT_ARGS(value->string));
    return strtod(digits, NULL);
}

static double member_number(const struct json_value *object, const char *name, double fallback)
{
    return number(json_member(object, text_of(name)), fallback);
}

static bool near(double a, double b, double within)
{
    return a - b < within && b - a < within;
}

/* ---- The specification's cases --------------------------------------------------------------- */

struct client {
    struct retry_policy policy;
    struct retry_budget budget;
    struct random_source random;
    text service;
    bool long_polling;
};

static void client_init(struct client *client, const struct json_value *given, enum retry_mode mode)
{
    *client = (struct client){0};
    client->service = json_member_text(given, "service");
    client->long_polling = json_is_true(json_member(given, TEXT("long_polling")));
    retry_policy_init(&client->policy, mode, client->service);
    client->policy.without_jitter = true;
    client->policy.max_attempts =
        (uint32_t)member_number(given, "max_attempts", client->policy.max_attempts);
    client->policy.max_delay_ns = (uint64_t)(1e9 * member_number(given, "max_backoff_time", 20));
    retry_budget_init(&client->budget, &client->policy, 0);
    client->budget.tokens = (uint32_t)member_number(given, "initial_retry_tokens", 500);
}

/* A call on its way: what its responses leave to the next. */
struct call {
    uint32_t number, cost;
};

static const char *outcome_of(enum retry_why why)
{
    switch (why) {
    case RETRY_AGAIN:
        return "retry_request";
    case RETRY_ATTEMPTS_EXHAUSTED:
        return "max_attempts_exceeded";
    case RETRY_BUDGET_EXHAUSTED:
        return "retry_quota_exceeded";
    default:
        return "fail_request";
    }
}

static bool play(struct client *client, struct call *call, const struct json_value *step)
{
    const struct json_value *response = json_member(step, TEXT("response"));
    const struct json_value *expected = json_member(step, TEXT("expected"));
    int status = (int)member_number(response, "status_code", 0);
    const char *outcome = "success";
    double delay = 0;
    call->number++;
    if (status < 300) {
        retry_succeeded(&client->budget, call->cost, 0);
        *call = (struct call){0};
    } else {
        struct retry_attempt attempt = {
            .number = call->number,
            .status = INIA_SERVICE_ERROR,
            .http_status = status,
            .error_code = json_member_text(response, "error_code"),
            .service = client->service,
            .long_polling = client->long_polling,
            .amz_retry_after =
                json_member_text(json_member(response, TEXT("headers")), "x-amz-retry-after"),
        };
        struct retry_decision decision =
            retry_decide(&client->budget, &attempt, 0, 0, &client->random);
        call->cost = decision.cost;
        outcome = outcome_of(decision.why);
        delay = (double)decision.delay_ns / 1e9;
    }
    return text_equals(json_member_text(expected, "outcome"), text_of(outcome)) &&
           near(delay, member_number(expected, "delay", delay), 1e-9) &&
           member_number(expected, "retry_quota", client->budget.tokens) ==
               (double)client->budget.tokens;
}

static bool play_all(struct client *client, const struct json_value *responses)
{
    struct call call = {0};
    bool same = true;
    for (size_t i = 0; responses && i < responses->count; i++)
        same &= play(client, &call, json_item(responses, i));
    return same;
}

/* Threads take turns, one response each; only the last quota is fixed. */
static bool play_threads(struct client *client, const struct json_value *one)
{
    const struct json_value *threads = json_member(one, TEXT("threads"));
    struct call calls[8] = {0};
    for (size_t turn = 0; turn < 16; turn++) {
        for (size_t i = 0; i < threads->count && i < COUNT_OF(calls); i++) {
            const struct json_value *steps = json_item(threads, i);
            if (turn < steps->count)
                (void)play(client, &calls[i], json_item(steps, turn));
        }
    }
    return client->budget.tokens == member_number(one, "expected_final_quota", -1);
}

static void run_file(const char *name, enum retry_mode mode)
{
    struct bench bench;
    bench_init(&bench);
    const struct json_value *root = vector_json(&bench, vector_path("retries/%s", name));
    for (size_t group = 0; group < root->count; group++) {
        for (size_t i = 0; i < root->items[group].count; i++) {
            const struct json_value *one = json_item(&root->items[group], i);
            struct client client;
            client_init(&client, json_member(one, TEXT("given")), mode);
            bool same = json_member(one, TEXT("threads"))
                            ? play_threads(&client, one)
                            : play_all(&client, json_member(one, TEXT("responses")));
            tally_case(&tally, same, name, json_member_text(one, "name"));
        }
    }
    bench_release(&bench);
}

TEST(standard_mode_is_as_specified)
{
    run_file("standard.json", RETRY_STANDARD);
}

TEST(standard_mode_of_2026_is_as_specified)
{
    run_file("standard-2026.json", RETRY_STANDARD_2026);
}

/* ---- Classification -------------------------------------------------------------------------- */

static struct retry_attempt attempt_of(const struct json_value *one)
{
    const struct json_value *error = json_member(one, TEXT("error"));
    bool answered = json_is(json_member(one, TEXT("status")), JSON_NUMBER);
    return (struct retry_attempt){
        .number = 1,
        .status = answered ? INIA_SERVICE_ERROR : INIA_CONNECT_FAILED,
        .http_status = (int)member_number(one, "status", 0),
        .error_code = json_is(error, JSON_STRING) ? json_text(error) : (text){NULL, 0},
    };
}

static bool is_transient(const struct retry_attempt *attempt)
{
    return attempt->status == INIA_SERVICE_ERROR
               ? retry_is_transient(attempt->http_status, attempt->error_code)
               : retry_classify(RETRY_STANDARD, attempt) == RETRY_TRANSIENT;
}

static bool is_throttled(const struct retry_attempt *attempt)
{
    return retry_is_throttling(attempt->error_code);
}

/* By the model: a shape that is an error with the trait "retryable". */
static bool is_modelled(const struct json_value *root, const struct retry_attempt *attempt)
{
    const struct json_value *shapes = json_member(json_member(root, TEXT("model")), TEXT("shapes"));
    for (size_t i = 0; i < shapes->count; i++) {
        const struct json_value *error = json_member(&shapes->items[i], TEXT("error"));
        text code = json_member_text(error, "code");
        if (!code.size)
            code = shapes->names[i];
        const struct json_value *retryable = json_member(&shapes->items[i], TEXT("retryable"));
        if (!retryable || !text_equals(code, attempt->error_code))
            continue;
        struct retry_attempt modelled = *attempt;
        bool throttling = json_is_true(json_member(retryable, TEXT("throttling")));
        modelled.modelled = throttling ? RETRY_MODELLED_THROTTLING : RETRY_MODELLED;
        return retry_classify(RETRY_STANDARD, &modelled) ==
               (throttling ? RETRY_THROTTLED : RETRY_TRANSIENT);
    }
    return attempt->status == INIA_SERVICE_ERROR &&
           retry_classify(RETRY_STANDARD, attempt) != RETRY_NOT;
}

TEST(errors_are_classified_as_botocore_does)
{
    struct bench bench;
    bench_init(&bench);
    const struct json_value *root = vector_json(&bench, vector_path("retries/classification.json"));
    static const char *const groups[] = {"transient", "throttled", "modeled"};
    for (size_t group = 0; group < COUNT_OF(groups); group++) {
        const struct json_value *cases = json_member(root, text_of(groups[group]));
        for (size_t i = 0; i < cases->count; i++) {
            const struct json_value *one = json_item(cases, i);
            struct retry_attempt attempt = attempt_of(one);
            bool is = group == 0   ? is_transient(&attempt)
                      : group == 1 ? is_throttled(&attempt)
                                   : is_modelled(root, &attempt);
            bool expected = json_is_true(json_member(one, TEXT("retryable")));
            tally_case(&tally, is == expected, groups[group], attempt.error_code);
        }
    }
    bench_release(&bench);
}

TEST(what_is_special_to_a_service_is_as_in_botocore)
{
    struct bench bench;
    bench_init(&bench);
    const struct json_value *cases =
        json_member(vector_json(&bench, vector_path("retries/special.json")), TEXT("cases"));
    for (size_t i = 0; i < cases->count; i++) {
        const struct json_value *one = json_item(cases, i);
        text crc = json_member_text(json_member(one, TEXT("headers")), "x-amz-crc32");
        uint64_t claimed = 0;
        struct retry_attempt attempt = {
            .number = 1,
            .status = INIA_SERVICE_ERROR,
            .http_status = (int)member_number(one, "status", 0),
            .error_code = json_member_text(one, "code"),
            .service = json_member_text(one, "service"),
        };
        if (crc.size && text_to_u64(crc, &claimed) &&
            text_equals(attempt.service, TEXT("dynamodb")) &&
            crc32_add(0, json_member_text(one, "body")) != claimed)
            attempt.status = INIA_BAD_RESPONSE;
        bool again = retry_classify(RETRY_STANDARD, &attempt) != RETRY_NOT;
        tally_case(
            &tally, again == json_is_true(json_member(one, TEXT("retry"))), "special",
            json_member_text(one, "id"));
    }
    bench_release(&bench);
}

/* ---- Adaptive -------------------------------------------------------------------------------- */

static bool is_throttle(const struct json_value *step)
{
    return text_equals(json_member_text(step, "response"), TEXT("throttle"));
}

static bool play_cubic(const struct json_value *one)
{
    const struct json_value *given = json_member(one, TEXT("given"));
    const struct json_value *steps = json_member(one, TEXT("cases"));
    struct retry_cubic cubic;
    retry_cubic_init(
        &cubic, member_number(given, "last_max_rate", 0),
        member_number(given, "last_throttle_time", 0));
    double rate = member_number(given, "last_max_rate", 0);
    bool same = true;
    for (size_t i = 0; i < steps->count; i++) {
        const struct json_value *step = json_item(steps, i);
        double now = member_number(step, "timestamp", 0);
        rate = is_throttle(step) ? retry_cubic_throttled(&cubic, rate, now)
                                 : retry_cubic_succeeded(&cubic, now);
        same &= near(rate, member_number(step, "calculated_rate", -1), 1e-6);
    }
    return same;
}

static bool play_pace(const struct json_value *one)
{
    const struct json_value *steps = json_member(one, TEXT("cases"));
    struct retry_pace pace;
    retry_pace_init(&pace, 0);
    bool same = true;
    for (size_t i = 0; i < steps->count; i++) {
        const struct json_value *step = json_item(steps, i);
        uint64_t now_ns = (uint64_t)(member_number(step, "timestamp", 0) * 1e9 + 0.5);
        retry_pace_answered(&pace, is_throttle(step), now_ns);
        same &= near(pace.meter.rate, member_number(step, "measured_tx_rate", -1), 1e-5);
        same &= near(pace.bucket.rate, member_number(step, "new_token_bucket_rate", -1), 1e-5);
    }
    return same;
}

TEST(adaptive_mode_is_as_specified)
{
    struct bench bench;
    bench_init(&bench);
    const struct json_value *root = vector_json(&bench, vector_path("retries/adaptive.json"));
    const struct json_value *cubic = json_member(root, TEXT("adaptiveRetryCubicTestCases"));
    const struct json_value *whole = json_member(root, TEXT("adaptiveRetryE2eTestCases"));
    for (size_t i = 0; cubic && i < cubic->count; i++)
        tally_case(
            &tally, play_cubic(json_item(cubic, i)), "cubic",
            json_member_text(json_item(cubic, i), "name"));
    for (size_t i = 0; whole && i < whole->count; i++)
        tally_case(
            &tally, play_pace(json_item(whole, i)), "adaptive",
            json_member_text(json_item(whole, i), "name"));
    bench_release(&bench);
}

/* ---- What botocore's tests state ------------------------------------------------------------- */

static enum retry_mode mode_of(const struct json_value *one)
{
    return text_equals(json_member_text(one, "mode"), TEXT("standard-2026")) ? RETRY_STANDARD_2026
                                                                             : RETRY_STANDARD;
}

static struct retry_decision fail_once(
    struct client *client, uint32_t number, int status, text amz_after)
{
    struct retry_attempt attempt = {
        .number = number,
        .max_attempts = 100,
        .status = INIA_SERVICE_ERROR,
        .http_status = status,
        .amz_retry_after = amz_after,
    };
    return retry_decide(&client->budget, &attempt, 0, 0, &client->random);
}

static bool check_backoff(const struct json_value *one)
{
    const struct json_value *attempts = json_member(one, TEXT("attempts"));
    const struct json_value *delays = json_member(one, TEXT("delays"));
    struct client client;
    client_init(&client, one, mode_of(one));
    bool same = true;
    for (size_t i = 0; i < attempts->count; i++) {
        uint32_t at = (uint32_t)number(json_item(attempts, i), 0);
        double delay = (double)fail_once(&client, at, 500, (text){NULL, 0}).delay_ns / 1e9;
        same &= near(delay, number(json_item(delays, i), -1), 1e-9);
    }
    return same;
}

static bool check_quota(const struct json_value *one)
{
    struct retry_policy policy;
    retry_policy_init(&policy, mode_of(one), TEXT("s3"));
    struct retry_budget budget;
    retry_budget_init(&budget, &policy, 0);
    budget.tokens -= 10;
    retry_succeeded(&budget, 0, 0);
    return policy.tokens == member_number(one, "initial", -1) &&
           policy.cost == member_number(one, "cost_non_timeout", -1) &&
           policy.timeout_cost == member_number(one, "cost_timeout", -1) &&
           policy.throttling_cost ==
               member_number(one, "cost_throttling", policy.throttling_cost) &&
           budget.tokens ==
               policy.tokens - 10 + member_number(one, "released_when_no_retry_was_made", -1);
}

static bool check_steps(const struct json_value *one)
{
    struct client client;
    client_init(&client, one, mode_of(one));
    const struct json_value *steps = json_member(one, TEXT("steps"));
    bool same = client.policy.max_attempts == member_number(one, "max_attempts", -1);
    for (size_t i = 0; i < steps->count; i++) {
        const struct json_value *step = json_item(steps, i);
        struct retry_attempt attempt = {
            .number = (uint32_t)member_number(step, "attempt", 0),
            .status = INIA_SERVICE_ERROR,
            .http_status = (int)member_number(step, "status", 0),
            .service = client.service,
        };
        struct retry_decision decision =
            retry_decide(&client.budget, &attempt, 0, 0, &client.random);
        same &= client.budget.tokens == member_number(step, "quota", -1);
        if (json_member(step, TEXT("delay")))
            same &= near((double)decision.delay_ns / 1e9, member_number(step, "delay", -1), 1e-9);
        else
            same &= decision.why == RETRY_ATTEMPTS_EXHAUSTED;
    }
    return same;
}

static bool check_amz_after(const struct json_value *one)
{
    const struct json_value *cases = json_member(one, TEXT("cases"));
    bool same = true;
    for (size_t i = 0; i < cases->count; i++) {
        const struct json_value *step = json_item(cases, i);
        struct client client;
        client_init(&client, one, mode_of(one));
        struct retry_decision decision = fail_once(
            &client, 1, (int)member_number(one, "status", 0), json_member_text(step, "header"));
        same &= client.budget.tokens == member_number(step, "quota_after_failure", -1);
        same &= near((double)decision.delay_ns / 1e9, member_number(step, "delay", -1), 1e-9);
        retry_succeeded(&client.budget, decision.cost, 0);
        same &= client.budget.tokens == member_number(step, "quota_after_success", -1);
    }
    return same;
}

static bool check_sdk_request(const struct json_value *one)
{
    const struct json_value *cases = json_member(one, TEXT("cases"));
    bool same = true;
    for (size_t i = 0; i < cases->count; i++) {
        const struct json_value *step = json_item(cases, i);
        struct retry_policy policy;
        retry_policy_init(&policy, mode_of(one), json_member_text(step, "service"));
        uint32_t most = (uint32_t)member_number(step, "total_max_attempts", policy.max_attempts);
        char header[64];
        snprintf(header, sizeof header, "attempt=1; max=%u", most);
        same &= text_equals(
            json_text(json_item(json_member(step, TEXT("headers")), 0)), text_of(header));
    }
    return same;
}

static bool check_cubic(const struct json_value *one)
{
    const struct json_value *error = json_member(one, TEXT("error"));
    struct retry_cubic cubic;
    retry_cubic_init(&cubic, member_number(one, "starting_max_rate", 0), 0);
    bool same = near(cubic.window_s, member_number(one, "k", -1), 1e-9);
    double rate = retry_cubic_throttled(
        &cubic, member_number(error, "current_rate", 0), member_number(error, "timestamp", 0));
    return same && near(rate, member_number(error, "new_rate", -1), 1e-9) &&
           near(cubic.window_s, member_number(error, "k", -1), 1e-9) &&
           near(cubic.max_rate, member_number(error, "w_max", -1), 1e-9) &&
           near(cubic.throttled_s, member_number(error, "last_fail", -1), 1e-9);
}

static void count_all(struct retry_meter *meter, const struct json_value *timestamps)
{
    for (size_t i = 0; timestamps && i < timestamps->count; i++)
        retry_meter_count(meter, number(json_item(timestamps, i), 0));
}

static bool is_between(double rate, const struct json_value *range)
{
    return !range || (rate >= number(json_item(range, 0), 0) - 1e-9 &&
                      rate <= number(json_item(range, 1), 0) + 1e-9);
}

static bool check_meter(const struct json_value *one)
{
    const struct json_value *cases = json_member(one, TEXT("cases"));
    bool same = true;
    for (size_t i = 0; i < cases->count; i++) {
        const struct json_value *step = json_item(cases, i);
        const struct json_value *then = json_member(step, TEXT("then"));
        struct retry_meter meter = {0};
        count_all(&meter, json_member(step, TEXT("timestamps")));
        same &= near(meter.rate, member_number(step, "rate", meter.rate), 1e-9);
        same &= near(meter.rate, member_number(step, "rate_almost", meter.rate), 1e-6);
        same &= is_between(meter.rate, json_member(step, TEXT("rate_between")));
        count_all(&meter, json_member(then, TEXT("timestamps")));
        same &= is_between(meter.rate, json_member(then, TEXT("rate_between")));
    }
    return same;
}

/* botocore's bucket sleeps where ours says how long to wait, and starts full of one token; its
 * case of a minimum rate of its own is not one of ours, which is 0.5. */
static bool check_bucket_step(const struct json_value *step)
{
    double rate = member_number(step, "max_rate", 10);
    double capacity = rate > 1 ? rate : 1;
    struct retry_bucket bucket = {rate, capacity, 0, 0};
    bool same = true;
    const struct json_value *times = json_member(step, TEXT("acquire_at"));
    for (size_t i = 0; times && i < times->count; i++)
        same &= retry_bucket_take(&bucket, number(json_item(times, i), 0)) <= 1e-9;
    if (json_member(step, TEXT("set_max_rate")) && !json_member(step, TEXT("min_rate"))) {
        retry_bucket_set_rate(&bucket, member_number(step, "set_max_rate", 0), 0);
        same &= bucket.rate == rate && bucket.capacity == member_number(step, "max_capacity", -1);
    }
    if (json_member(step, TEXT("acquire"))) {
        double now = member_number(step, "at", 0), wait = 0;
        for (int i = 0; i < (int)member_number(step, "acquire", 0) && wait <= 0; i++)
            wait = retry_bucket_take(&bucket, now);
        same &= wait > 0;
    }
    return same;
}

static bool check_bucket(const struct json_value *one)
{
    const struct json_value *cases = json_member(one, TEXT("cases"));
    bool same = true;
    for (size_t i = 0; i < cases->count; i++)
        same &= check_bucket_step(json_item(cases, i));
    return same;
}

/* The rate is never set above twice the measured one. */
static bool check_rate_limiter(const struct json_value *one)
{
    struct retry_pace pace;
    retry_pace_init(&pace, 0);
    pace.meter.rate = member_number(one, "measured", 0);
    retry_cubic_init(&pace.cubic, member_number(one, "calculated", 0), 0);
    retry_pace_answered(&pace, false, (uint64_t)(pace.cubic.window_s * 1e9));
    return near(pace.bucket.rate, 2 * pace.meter.rate, 1e-9);
}

/* What a case is about; its mode says whose rules it is by. */
static text without_year(text id)
{
    text year = TEXT("-2026");
    return text_ends_with(id, year) ? text_from(id.data, id.size - year.size) : id;
}

TEST(numbers_that_botocores_tests_state_are_ours)
{
    static const struct {
        const char *id;
        bool (*check_case)(const struct json_value *one);
    } checks[] = {
        {"backoff", check_backoff},
        {"quota", check_quota},
        {"dynamodb", check_steps},
        {"x-amz-retry-after", check_amz_after},
        {"amz-sdk-request", check_sdk_request},
        {"cubic", check_cubic},
        {"rate-clocker", check_meter},
        {"token-bucket", check_bucket},
        {"client-rate-limiter", check_rate_limiter},
    };
    struct bench bench;
    bench_init(&bench);
    const struct json_value *root = vector_json(&bench, vector_path("retries/botocore-unit.json"));
    for (size_t i = 0; i < root->count; i++) {
        const struct json_value *one = json_item(root, i);
        text id = json_member_text(one, "id");
        bool known = false;
        for (size_t k = 0; k < COUNT_OF(checks); k++) {
            if (!text_equals(without_year(id), text_of(checks[k].id)))
                continue;
            known = true;
            tally_case(&tally, checks[k].check_case(one), "botocore", id);
        }
        if (!known)
            printf("retries: no check for botocore-unit %.*s\n", TEXT_ARGS(id));
        tally.left_out += !known;
    }
    bench_release(&bench);
}

TEST(retries_tally)
{
    (void)test_vectors();
    tally_finish(&tally, "botocore-unit: no check for it");
}
