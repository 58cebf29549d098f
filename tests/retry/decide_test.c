#include "retry/retry.h"

#include "test.h"

#include <stdio.h>

static const uint64_t second = 1000000000;

struct client {
    struct retry_policy policy;
    struct retry_budget budget;
    struct random_source random;
    uint64_t now_ns;
};

static void client_init(struct client *client, enum retry_mode mode)
{
    *client = (struct client){.now_ns = 5 * second};
    random_init(&client->random, 7);
    retry_policy_init(&client->policy, mode, TEXT("s3"));
    retry_budget_init(&client->budget, &client->policy, client->now_ns);
}

static struct retry_attempt answer(int http_status, const char *code)
{
    return (struct retry_attempt){
        .number = 1,
        .status = INIA_SERVICE_ERROR,
        .http_status = http_status,
        .error_code = text_of(code),
        .reach = RETRY_ANSWERED,
    };
}

static struct retry_decision decide(struct client *client, const struct retry_attempt *attempt)
{
    return retry_decide(&client->budget, attempt, client->now_ns, 1700000000, &client->random);
}

TEST(delays_are_spread_between_nothing_and_the_exponential)
{
    struct client client;
    client_init(&client, RETRY_INIA);
    client.policy.max_attempts = 100;
    for (uint32_t number = 1; number < 12; number++) {
        uint64_t most = client.policy.base_ns << (number - 1), least = most, largest = 0;
        if (most > client.policy.max_delay_ns)
            most = client.policy.max_delay_ns;
        for (int i = 0; i < 200; i++) {
            struct retry_attempt attempt = answer(500, "InternalError");
            attempt.number = number;
            client.budget.tokens = client.policy.tokens;
            struct retry_decision decision = decide(&client, &attempt);
            CHECK(decision.again && decision.delay_ns <= most);
            least = decision.delay_ns < least ? decision.delay_ns : least;
            largest = decision.delay_ns > largest ? decision.delay_ns : largest;
        }
        CHECK(least < most / 10 && largest > most - most / 10);
    }
}

TEST(a_server_that_is_away_is_awaited_at_no_cost_and_looked_for_each_second)
{
    struct client client;
    client_init(&client, RETRY_INIA);
    client.budget.tokens = 0;
    struct retry_attempt attempt = {.status = INIA_CONNECT_FAILED, .reach = RETRY_UNSENT};
    attempt.away = true;
    for (attempt.number = 1; attempt.number < 50; attempt.number++) {
        struct retry_decision decision = decide(&client, &attempt);
        CHECK(decision.again && decision.awaited);
        CHECK_EQ(decision.cost, 0);
        CHECK(decision.delay_ns < second);
    }
    CHECK_EQ(client.budget.tokens, 0);
    attempt.max_attempts = 1;
    CHECK(!decide(&client, &attempt).again); /* who wants one attempt gets one */
    attempt.max_attempts = 0;
    attempt.away = false;
    CHECK_EQ(decide(&client, &attempt).why, RETRY_ATTEMPTS_EXHAUSTED);
    client_init(&client, RETRY_STANDARD);
    attempt.away = true;
    CHECK_EQ(decide(&client, &attempt).why, RETRY_ATTEMPTS_EXHAUSTED);
}

TEST(a_spent_budget_refills_by_time)
{
    struct client client;
    client_init(&client, RETRY_INIA);
    struct retry_attempt attempt = answer(503, "SlowDown");
    uint32_t retries = 0;
    while (decide(&client, &attempt).again)
        retries++;
    CHECK_EQ(retries, client.policy.tokens / client.policy.throttling_cost);
    CHECK_EQ(decide(&client, &attempt).why, RETRY_BUDGET_EXHAUSTED);
    client.now_ns += second / 10; /* five tokens: one retry */
    CHECK(decide(&client, &attempt).again);
    CHECK(!decide(&client, &attempt).again);
    client.now_ns += 3600 * second;
    CHECK(decide(&client, &attempt).again);
    CHECK_EQ(client.budget.tokens, client.policy.tokens - client.policy.throttling_cost);
}

TEST(the_sdks_budget_refills_by_success_alone)
{
    struct client client;
    client_init(&client, RETRY_STANDARD);
    struct retry_attempt attempt = answer(500, NULL);
    while (decide(&client, &attempt).again)
        ;
    client.now_ns += 3600 * second;
    CHECK(!decide(&client, &attempt).again);
    retry_succeeded(&client.budget, 5, client.now_ns);
    CHECK(decide(&client, &attempt).again);
    retry_succeeded(&client.budget, 1000, client.now_ns);
    CHECK_EQ(client.budget.tokens, client.policy.tokens);
}

TEST(the_servers_wish_to_wait_is_heard_within_bounds)
{
    static const struct {
        const char *value;
        uint64_t least_s, most_s;
    } cases[] = {
        {"7", 7, 8},
        {" 7 ", 7, 8},
        {"Tue, 14 Nov 2023 22:13:50 GMT", 30, 31}, /* 1700000030 */
        {"Tue, 14 Nov 2023 22:13:00 GMT", 0, 1},   /* is past */
        {"0", 0, 1},
        {"-3", 0, 1},
        {"soon", 0, 1},
        {"-99999999999999999999", 0, 1},
        {"7.5", 0, 1},
        {"7,8", 0, 1},
        {"100000", 60, 61},
        {"18446744073709551615", 60, 61},
        {"99999999999999999999", 60, 61}, /* more than 64 bits hold */
        {"Fri, 31 Dec 9999 23:59:59 GMT", 60, 61},
        {"Fri, 31 Dec 99999 23:59:59 GMT", 0, 1},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct client client;
        client_init(&client, RETRY_INIA);
        struct retry_attempt attempt = answer(503, NULL);
        attempt.retry_after = text_of(cases[i].value);
        struct retry_decision decision = decide(&client, &attempt);
        CHECK(decision.again);
        CHECK(decision.delay_ns >= cases[i].least_s * second);
        CHECK(decision.delay_ns <= cases[i].most_s * second);
    }
    struct client client;
    client_init(&client, RETRY_STANDARD);
    struct retry_attempt attempt = answer(503, NULL);
    attempt.retry_after = TEXT("7");
    CHECK(decide(&client, &attempt).delay_ns <= second);
}

TEST(a_wish_in_aws_own_header_goes_first_unless_it_is_garbage)
{
    static const struct {
        const char *amz, *plain;
        uint64_t least_ms, most_ms;
    } cases[] = {
        {"1500", "7", 1500, 2500},
        {"0", "7", 0, 1000},
        {"99999999999999999999", "7", 60000, 61000},
        {"-1500", "7", 7000, 8000},
        {"1.5", "7", 7000, 8000},
        {"soon", NULL, 0, 1000},
        {"", "7", 7000, 8000},
        {"1500ms", "never", 0, 1000},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct client client;
        client_init(&client, RETRY_INIA);
        struct retry_attempt attempt = answer(503, NULL);
        attempt.amz_retry_after = text_of(cases[i].amz);
        attempt.retry_after = text_of(cases[i].plain);
        uint64_t delay_ms = decide(&client, &attempt).delay_ns / 1000000;
        if (delay_ms < cases[i].least_ms || delay_ms > cases[i].most_ms)
            FAIL("case %zu: %llu ms", i, (unsigned long long)delay_ms);
    }
}

TEST(nobody_waits_for_an_attempt_that_would_come_after_the_deadline)
{
    for (uint64_t asked_s = 0; asked_s <= 10; asked_s++) {
        char asked[32];
        snprintf(asked, sizeof asked, "%llu", (unsigned long long)asked_s);
        struct client client;
        client_init(&client, RETRY_INIA);
        struct retry_attempt attempt = answer(503, "SlowDown");
        attempt.retry_after = text_of(asked);
        attempt.left_ns = 5 * second;
        struct retry_decision decision = decide(&client, &attempt);
        CHECK(decision.again ? asked_s < 5 : asked_s >= 4); /* and up to a second of our own */
        CHECK_EQ(decision.why, decision.again ? RETRY_AGAIN : RETRY_NO_TIME);
        CHECK(decision.again ? decision.delay_ns < attempt.left_ns : decision.delay_ns == 0);
        CHECK_EQ(decision.asked_ns, asked_s * second); /* others are told all the same */
        bool is_full = client.budget.tokens == client.policy.tokens;
        CHECK_EQ(is_full, !decision.again); /* what is not done costs nothing */
    }
}

TEST(a_clock_that_goes_back_neither_fills_nor_empties_a_budget)
{
    struct client client;
    client_init(&client, RETRY_INIA);
    client.budget.tokens = 100;
    struct retry_attempt attempt = answer(503, "SlowDown");
    client.now_ns = 1 * second;
    CHECK(decide(&client, &attempt).again);
    CHECK_EQ(client.budget.tokens, 100 - client.policy.throttling_cost);
    client.now_ns = 5 * second;
    CHECK(decide(&client, &attempt).again);
    CHECK_EQ(client.budget.tokens, 100 - 2 * client.policy.throttling_cost);
}

TEST(what_may_not_be_done_twice_is_only_repeated_when_it_was_refused)
{
    struct client client;
    client_init(&client, RETRY_INIA);
    struct retry_attempt attempt = answer(500, "InternalError");
    attempt.not_repeatable = true;
    CHECK_EQ(decide(&client, &attempt).why, RETRY_UNSAFE);
    attempt = answer(503, "SlowDown");
    attempt.not_repeatable = true;
    CHECK(decide(&client, &attempt).again);
    attempt = (struct retry_attempt){
        .number = 1, .status = INIA_CONNECTION_LOST, .reach = RETRY_SENT, .not_repeatable = true};
    CHECK_EQ(decide(&client, &attempt).why, RETRY_UNSAFE);
    attempt.reach = RETRY_UNSENT;
    CHECK(decide(&client, &attempt).again);
    attempt.reach = RETRY_SENT;
    attempt.not_repeatable = false;
    CHECK(decide(&client, &attempt).again);
}

TEST(a_refusal_need_not_be_throttling_to_be_repeated)
{
    static const struct {
        int http_status;
        enum retry_modelled modelled;
        bool not_done, again;
    } cases[] = {
        {500, RETRY_UNMODELLED, false, false}, {502, RETRY_UNMODELLED, false, false},
        {504, RETRY_UNMODELLED, false, false}, {503, RETRY_UNMODELLED, false, true},
        {408, RETRY_UNMODELLED, false, true},  {425, RETRY_UNMODELLED, false, true},
        {500, RETRY_MODELLED, false, true},    {500, RETRY_UNMODELLED, true, true},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct client client;
        client_init(&client, RETRY_INIA);
        struct retry_attempt attempt = answer(cases[i].http_status, "");
        attempt.not_repeatable = true;
        attempt.modelled = cases[i].modelled;
        attempt.not_done = cases[i].not_done;
        CHECK_EQ(decide(&client, &attempt).again, cases[i].again);
        client_init(&client, RETRY_STANDARD);
        attempt.http_status = 500;
        CHECK(decide(&client, &attempt).again);
    }
}

TEST(a_signature_that_is_refused_may_be_a_clock_that_is_off)
{
    struct client client;
    client_init(&client, RETRY_INIA);
    struct retry_attempt attempt = answer(403, "InvalidSignatureException");
    CHECK_EQ(retry_classify(RETRY_INIA, &attempt), RETRY_NOT);
    attempt.clock_off = true;
    CHECK_EQ(retry_classify(RETRY_INIA, &attempt), RETRY_SKEWED);
    CHECK_EQ(decide(&client, &attempt).why, RETRY_HOPELESS);
    attempt.remedied = true;
    CHECK(decide(&client, &attempt).again);
    attempt.error_code = TEXT("AccessDenied");
    CHECK_EQ(retry_classify(RETRY_INIA, &attempt), RETRY_NOT);
}

TEST(a_body_that_is_gone_is_not_sent_again)
{
    struct client client;
    client_init(&client, RETRY_INIA);
    struct retry_attempt attempt = answer(500, NULL);
    attempt.body_lost = true;
    uint32_t tokens = client.budget.tokens;
    CHECK_EQ(decide(&client, &attempt).why, RETRY_NO_BODY);
    CHECK_EQ(client.budget.tokens, tokens);
}

TEST(a_wrong_clock_and_old_credentials_are_tried_again_at_once_when_remedied)
{
    static const char *const codes[] = {
        "RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture", "ExpiredToken",
        "ExpiredTokenException"};
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        struct client client;
        client_init(&client, RETRY_INIA);
        struct retry_attempt attempt = answer(403, codes[i]);
        CHECK_EQ(decide(&client, &attempt).why, RETRY_HOPELESS);
        attempt.remedied = true;
        struct retry_decision decision = decide(&client, &attempt);
        CHECK(decision.again);
        CHECK_EQ(decision.delay_ns, 0);
    }
}

TEST(what_stays_wrong_is_not_tried_again)
{
    static const struct {
        int status;
        const char *code;
    } cases[] = {{400, "ValidationException"}, {403, "AccessDenied"}, {404, "NoSuchKey"},
                 {412, "PreconditionFailed"},  {501, NULL},           {301, NULL}};
    static const inia_status statuses[] = {
        INIA_CANCELLED, INIA_BAD_REQUEST, INIA_BODY_FAILED, INIA_TOO_LARGE, INIA_NO_MEMORY};
    struct client client;
    client_init(&client, RETRY_INIA);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct retry_attempt attempt = answer(cases[i].status, cases[i].code);
        CHECK_EQ(decide(&client, &attempt).why, RETRY_HOPELESS);
    }
    for (size_t i = 0; i < COUNT_OF(statuses); i++) {
        struct retry_attempt attempt = {.number = 1, .status = statuses[i]};
        CHECK_EQ(decide(&client, &attempt).why, RETRY_HOPELESS);
    }
}

TEST(statuses_of_other_servers_count_in_inias_mode_alone)
{
    struct retry_attempt attempt = answer(429, NULL);
    CHECK_EQ(retry_classify(RETRY_INIA, &attempt), RETRY_THROTTLED);
    CHECK_EQ(retry_classify(RETRY_STANDARD, &attempt), RETRY_NOT);
    attempt = answer(408, NULL);
    CHECK_EQ(retry_classify(RETRY_INIA, &attempt), RETRY_TRANSIENT);
    CHECK_EQ(retry_classify(RETRY_STANDARD, &attempt), RETRY_NOT);
}

TEST(off_is_one_attempt)
{
    struct client client;
    client_init(&client, RETRY_OFF);
    struct retry_attempt attempt = answer(500, NULL);
    CHECK_EQ(decide(&client, &attempt).why, RETRY_ATTEMPTS_EXHAUSTED);
}

TEST(a_mode_has_a_name)
{
    enum retry_mode mode = RETRY_OFF;
    CHECK(retry_mode_from_name(TEXT("Standard"), &mode) && mode == RETRY_STANDARD);
    CHECK(retry_mode_from_name(TEXT("adaptive"), &mode) && mode == RETRY_ADAPTIVE);
    CHECK(!retry_mode_from_name(TEXT("eager"), &mode));
}

TEST(a_pace_lets_all_go_until_something_is_throttled)
{
    struct retry_pace pace;
    retry_pace_init(&pace, second);
    for (int i = 0; i < 1000; i++)
        CHECK_EQ(retry_pace_take(&pace, second), 0);
    for (uint64_t i = 0; i < 40; i++)
        retry_pace_answered(&pace, i == 39, second + i * second / 10);
    CHECK(pace.enabled);
    uint64_t now = 6 * second, sent = 0;
    while (now < 16 * second) {
        uint64_t wait = retry_pace_take(&pace, now);
        sent += wait == 0;
        now += wait;
    }
    CHECK(sent >= 60 && sent <= 90); /* 7.7 a second: ten times 0.7 of what was measured */
}
