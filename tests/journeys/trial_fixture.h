/* The functions of trial.h, for the one test program that includes this. */
#ifndef JOURNEYS_TRIAL_FIXTURE_H
#define JOURNEYS_TRIAL_FIXTURE_H

#include "journey_fixture.h"
#include "trial.h"

#include "base/base.h"
#include "calls/calls.h"
#include "crypto/crypto.h"

#include "world_inner.h"

#define TRIAL_MS UINT64_C(1000000)
#define TRIAL_XML(code) "<Error><Code>" code "</Code><Message>m</Message></Error>"

#define TRIAL_FAIL(trial, ...)                                                                     \
    (trial_name_failure(trial), test_fail(__FILE__, __LINE__, __VA_ARGS__))

const char *const phase_names[PHASES] = {"resolve",   "connect",    "handshake", "send head",
                                         "send body", "first byte", "mid body",  "idle"};

static char trial_body[TRIAL_BODY];
static char trial_body_headers[64]; /* with its checksum */

static void trial_name_failure(const struct trial *trial)
{
    fprintf(
        stderr, "%s, %s, seed %llu:\n", trial->fault, phase_names[trial->phase],
        (unsigned long long)trial->journey.seed);
}

static void trial_make_body(void)
{
    unsigned char sum[CHECKSUM_MOST];
    char encoded[16] = "";
    for (size_t i = 0; i < TRIAL_BODY; i++)
        trial_body[i] = (char)('a' + i % 23);
    size_t size = checksum_once(sum, CHECKSUM_CRC32, text_from(trial_body, TRIAL_BODY));
    base64_encode(encoded, text_from((const char *)sum, size));
    snprintf(
        trial_body_headers, sizeof trial_body_headers, "x-amz-checksum-crc32: %s\r\n", encoded);
}

/* ---- The servers ----------------------------------------------------------------------------- */

static struct asked *trial_asked(struct trial *trial, const struct world_http_request *request)
{
    const char *key = strstr(request->target, "/b/k");
    CHECK(key != NULL);
    size_t number = strtoul(key + 4, NULL, 10);
    CHECK(number < trial->journey.accepted);
    return &trial->asked[number];
}

static void trial_refuse(struct world_http_answer *answer, int status, const char *body)
{
    answer->status = status;
    answer->body = body;
    answer->body_size = strlen(body);
}

/* As S3 does: no more than 15 minutes off. There it is one o'clock. */
static bool trial_clock_is_right(const struct world_http_request *request)
{
    char date[64];
    CHECK(world_http_header(request, "x-amz-date", date, sizeof date));
    long clock = strtol(date + strlen("20260101T"), NULL, 10);
    long minutes = clock / 10000 * 60 + clock / 100 % 100;
    return minutes >= 45 && minutes <= 75;
}

static bool trial_credentials_are_right(
    const struct trial *trial, const struct world_http_request *request)
{
    char value[300];
    CHECK(world_http_header(request, "authorization", value, sizeof value));
    const char *key = strstr(value, "Credential=AKID");
    CHECK(key != NULL);
    return strtoul(key + strlen("Credential=AKID"), NULL, 10) >= trial->accepted_credentials;
}

static void trial_do(struct asked *asked, struct world_http_answer *answer)
{
    static const char done[] = "<CompleteMultipartUploadResult><ETag>e</ETag>"
                               "</CompleteMultipartUploadResult>";
    asked->executed++;
    if (asked->kind == KIND_GET) {
        answer->headers = trial_body_headers;
        answer->body = trial_body;
        answer->body_size = TRIAL_BODY;
    } else if (asked->kind == KIND_COMPLETE) {
        answer->body = done;
        answer->body_size = sizeof done - 1;
    }
}

/* An error says that it has not done it; one that is cut off while it answers has. */
static void trial_say(struct trial *trial, struct asked *asked, struct world_http_answer *answer)
{
    *answer = trial->cell->says;
    if (answer->cut) {
        trial_do(asked, answer);
        return;
    }
    if (answer->body)
        answer->body_size = strlen(answer->body);
}

/* The rule: what a kept connection that had long been idle lost was never heard. */
static void trial_note_idleness(
    struct trial *trial, const struct world_http_request *request, struct asked *asked)
{
    asked->may_repeat |= trial->cell->of_eight || request->connection >= TRIAL_CONNECTIONS;
    if (asked->may_repeat)
        return;
    uint64_t *used_ns = &trial->used_ns[request->connection];
    uint64_t idle_ns = *used_ns ? world_now_ns() - *used_ns : 0;
    asked->may_repeat |= idle_ns >= (REPLAY_IDLE_MS - 2) * TRIAL_MS;
    *used_ns = world_now_ns();
}

static void trial_answer(
    const struct world_http_request *request, struct world_http_answer *answer, void *arg)
{
    struct trial *trial = arg;
    struct asked *asked = trial_asked(trial, request);
    const struct cell *cell = trial->cell;
    trial_note_idleness(trial, request, asked);
    if (trial->is_wrong && cell->says.status) {
        trial_say(trial, asked, answer);
    } else if (!trial_clock_is_right(request)) {
        answer->headers = "Date: Thu, 01 Jan 2026 01:00:00 GMT\r\n";
        trial_refuse(answer, 403, TRIAL_XML("RequestTimeTooSkewed"));
    } else if (!trial_credentials_are_right(trial, request)) {
        trial_refuse(answer, 400, TRIAL_XML("ExpiredToken"));
    } else {
        CHECK(asked->kind != KIND_PUT || request->body_size == TRIAL_BODY);
        trial_do(asked, answer);
    }
    if (cell->early && trial->is_wrong)
        answer->close = true;
}

/* ---- Beginning ------------------------------------------------------------------------------- */

static void trial_provide(void *arg, inia_credentials_query *query)
{
    struct trial *trial = arg;
    char id[32];
    if (trial->has_new_credentials)
        trial->credentials = trial->accepted_credentials;
    snprintf(id, sizeof id, "AKID%u", trial->credentials);
    inia_answer(query, &(inia_credentials){id, "secret", NULL, 0});
}

void trial_name(struct trial *trial, uint32_t first, size_t count)
{
    char all[TRIAL_SERVERS * 16] = "";
    (void)trial;
    for (size_t i = 0; i < count; i++) {
        size_t size = strlen(all);
        snprintf(all + size, sizeof all - size, "%s10.0.0.%zu", size ? " " : "", first + i);
    }
    world_name("store.example", TRIAL_TTL_S, all);
}

void trial_set_clock(struct trial *trial, int64_t off_ms)
{
    static const int64_t one_o_clock_ms = 1767225600000 + 3600000; /* 2026-01-01T01:00:00Z */
    uint64_t since_ns = world_now_ns() - trial->began_ns;
    world_set_wall_ms(one_o_clock_ms + off_ms + (int64_t)(since_ns / TRIAL_MS));
}

static void trial_look(struct journey *journey, inia_call *call);

static struct certificates trial_certificates;

static void trial_start_front(struct trial *trial)
{
    inia_engine *engine = trial->journey.engine;
    if (!*trial_certificates.folder)
        certificates_make(&trial_certificates, (struct net_certificate_config){0});
    front_start(&trial->front, engine->net, engine->ring, &trial_certificates, "10.0.0.1");
}

static void trial_stop_front(struct trial *trial)
{
    if (!trial->cell->over_tls)
        return;
    front_stop(&trial->front);
    while (trial->front.pairs)
        journey_turn(&trial->journey, 1);
    front_release(&trial->front);
}

static void trial_begin(struct trial *trial, uint64_t seed)
{
    static const inia_engine_config engine = {.max_calls = 64, .max_connections = 32};
    inia_client_config config = {
        .service = "s3",
        .endpoint_url = trial->cell->over_tls ? "https://store.example" : "http://store.example",
        .path_style = true,
        .provider = trial_provide,
        .provider_arg = trial,
        .max_attempts = TRIAL_ATTEMPTS,
        .attempt_ms = TRIAL_ATTEMPT_MS,
        .connect_ms = TRIAL_CONNECT_MS,
        .payload = INIA_PAYLOAD_UNSIGNED,
        .response_checksums = INIA_CHECKSUMS_WHEN_SUPPORTED,
        .proxy = "",
        .no_verification = true, /* no bundle is read */
    };
    if (!trial_body[0])
        trial_make_body();
    journey_begin_with(&trial->journey, seed, &config, &engine, trial_answer);
    trial->journey.server.arg = trial;
    trial->journey.look = trial_look;
    trial->has_new_credentials = true;
    trial->began_ns = world_now_ns();
    for (size_t i = 1; i < TRIAL_SERVERS; i++) {
        char ip[32];
        snprintf(ip, sizeof ip, "10.0.0.%zu", i + 1);
        trial->others[i] = (struct world_http){.answer = trial_answer, .arg = trial};
        world_http_listen(&trial->others[i], ip, 80);
    }
    trial_name(trial, 1, trial->cell->of_eight ? TRIAL_SERVERS : 1);
    trial_set_clock(trial, 0);
    if (trial->cell->over_tls)
        trial_start_front(trial);
}

/* ---- The fault ------------------------------------------------------------------------------- */

static struct world_http *trial_struck(struct trial *trial)
{
    return trial->cell->of_eight ? &trial->others[2] : &trial->journey.server;
}

static struct world_endpoint *trial_endpoint(struct trial *trial)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(443)};
    if (!trial->cell->over_tls)
        return trial_struck(trial)->endpoint;
    CHECK_EQ(inet_pton(AF_INET, "10.0.0.1", &address.sin_addr), 1);
    return world_find_endpoint((struct sockaddr *)(void *)&address, sizeof address);
}

static void trial_goes_wrong(void *arg)
{
    struct trial *trial = arg;
    const struct cell *cell = trial->cell;
    trial->is_wrong = true;
    trial_struck(trial)->answers_early = cell->early;
    if (cell->wire.kind)
        world_fault_all(trial_endpoint(trial), &cell->wire);
    if (cell->begin)
        cell->begin(trial);
}

static void trial_is_well_again(void *arg)
{
    struct trial *trial = arg;
    const struct cell *cell = trial->cell;
    trial->is_wrong = false;
    trial->is_over = true;
    trial->ended_ns = world_now_ns();
    trial_struck(trial)->answers_early = false;
    if (cell->wire.kind)
        world_fault_all(trial_endpoint(trial), NULL);
    if (cell->end)
        cell->end(trial);
}

/* ---- Calls ----------------------------------------------------------------------------------- */

static void trial_submit(struct trial *trial, enum kind kind)
{
    static const char *const operations[] = {"GetObject", "PutObject", "CompleteMultipartUpload"};
    static const char parts[] = "{\"UploadId\":\"u\",\"MultipartUpload\":{\"Parts\":"
                                "[{\"ETag\":\"e\",\"PartNumber\":1}]}}";
    size_t number = trial->journey.accepted;
    CHECK(number < TRIAL_CALLS);
    char key[16];
    snprintf(key, sizeof key, "k%zu", number);
    const inia_param params[] = {{"Bucket", "b"}, {"Key", key}, {0}};
    inia_request request = {.deadline_ms = TRIAL_DEADLINE_MS};
    if (kind == KIND_COMPLETE)
        request.json = parts;
    if (kind == KIND_PUT)
        request.body = inia_from_memory(trial_body, TRIAL_BODY);
    trial->asked[number] =
        (struct asked){.kind = kind, .is_well_by_now = trial->is_over, .is_late = trial->is_late};
    CHECK(journey_submit(&trial->journey, operations[kind], params, &request) != NULL);
}

static void trial_submit_all(struct trial *trial)
{
    for (int kind = 0; kind < KINDS; kind++)
        trial_submit(trial, (enum kind)kind);
}

static void trial_check_well(
    const struct trial *trial, const struct asked *asked, const inia_call *call)
{
    if (asked->kind == KIND_GET)
        CHECK_BYTES(call->body, call->body_size, trial_body, TRIAL_BODY);
    if (asked->executed == 0)
        TRIAL_FAIL(trial, "a call is well that no server has carried out");
}

/* It has made all of its attempts, unless another would be vain or might do it twice. */
static void trial_check_failed(
    const struct trial *trial, const struct asked *asked, const inia_call *call)
{
    unsigned may_end_with = asked->is_well_by_now ? 0 : trial->cell->ends_with;
    if (asked->kind == KIND_COMPLETE)
        may_end_with |= trial->cell->unrepeatable_ends_with;
    if (!(may_end_with & ENDS_WITH(call->status)))
        TRIAL_FAIL(
            trial, "a call ends with %s (%s%s)", inia_status_name(call->status), call->error_code,
            call->message);
    if (!*call->message && !*call->error_code)
        TRIAL_FAIL(trial, "a call fails and says not why");
    bool goes_on = asked->kind != KIND_COMPLETE && !trial->cell->is_final;
    if (goes_on && call->attempt_count < TRIAL_ATTEMPTS)
        TRIAL_FAIL(
            trial, "a call gave up after %zu attempts: %s", call->attempt_count, call->message);
}

static void trial_look(struct journey *journey, inia_call *call)
{
    struct trial *trial = (struct trial *)(void *)journey;
    const struct asked *asked = &trial->asked[(size_t)call->user_data];
    bool is_troubled = call->attempt_count > 1 || call->status != INIA_OK;
    trial->attempts += call->attempt_count;
    trial->failed += call->status != INIA_OK;
    trial->troubled += is_troubled;
    trial->ended_with |= ENDS_WITH(call->status);
    trial->repeated += asked->kind == KIND_COMPLETE && asked->executed > 1 && !asked->may_repeat;
    if (is_troubled)
        trial->recovered_ns = world_now_ns();
    if (asked->executed > call->attempt_count)
        TRIAL_FAIL(trial, "a request was carried out more often than it was attempted");
    if (asked->is_late && is_troubled)
        TRIAL_FAIL(
            trial, "not all is well after %u ms: %s (%s)", trial->cell->recovers_ms,
            inia_status_name(call->attempts[0].status), call->message);
    if (call->status == INIA_OK)
        trial_check_well(trial, asked, call);
    else
        trial_check_failed(trial, asked, call);
}

static void trial_let_pass(struct trial *trial, uint64_t until_ns)
{
    while (world_now_ns() < until_ns)
        journey_turn(&trial->journey, (int)((until_ns - world_now_ns()) / TRIAL_MS) + 1);
}

/* Most faults pass soon; some stay until calls have made all of their attempts. */
static uint64_t trial_duration_ms(const struct trial *trial, uint64_t seed)
{
    if (trial->cell->at_once || trial->cell->duration_ms)
        return trial->cell->duration_ms;
    return seed % 8 == 0 ? TRIAL_LASTING_MS : 5 + world_random(seed % 2 ? 50 : 400);
}

void trial_run(
    struct trial *trial, const char *fault, enum phase phase, const struct cell *cell,
    uint64_t seed)
{
    *trial = (struct trial){.fault = fault, .phase = phase, .cell = cell};
    trial_begin(trial, seed);
    trial_submit_all(trial);
    journey_run(&trial->journey);
    if (trial->troubled)
        TRIAL_FAIL(trial, "trouble before there is any");

    if (phase == PHASE_RESOLVE || cell->asks_anew)
        trial_let_pass(trial, world_now_ns() + (TRIAL_TTL_S * 1000 + 100) * TRIAL_MS);
    uint64_t duration_ms = trial_duration_ms(trial, seed);
    uint64_t begin_ns = world_random(2 * TRIAL_MS);
    world_at(begin_ns, trial_goes_wrong, trial);
    world_at(begin_ns + duration_ms * TRIAL_MS, trial_is_well_again, trial);
    if (phase == PHASE_IDLE)
        trial_let_pass(trial, world_now_ns() + begin_ns + TRIAL_MS);
    trial_submit_all(trial);
    uint64_t spread_ms = duration_ms < 1000 ? duration_ms : 1000;
    for (int i = 0; i < 4; i++) {
        trial_let_pass(trial, world_now_ns() + world_random(spread_ms * TRIAL_MS / 2 + 1));
        trial_submit(trial, (enum kind)(i % KINDS));
    }
    while (!trial->is_over)
        journey_turn(&trial->journey, 1);
    trial_submit_all(trial);
    journey_run(&trial->journey);
    trial_let_pass(trial, trial->ended_ns + cell->recovers_ms * TRIAL_MS);
    trial->is_late = true;
    trial_submit_all(trial);
    journey_run(&trial->journey);
    trial_stop_front(trial);
    journey_end(&trial->journey);
}

#endif
