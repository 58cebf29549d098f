/* Bodies with checksums, in and out: framed, signed in chunks, verified, in a simulated world. */
#include "journey_fixture.h"

#include "calls/calls.h"

#include <unistd.h>

static const inia_param object_params[] = {{"Bucket", "b"}, {"Key", "k"}, {0}};

enum { LARGEST = 3 * FRAMING_CHUNK };

static char bytes[LARGEST];

static void fill_bytes(void)
{
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)('a' + i % 23 + i / 4096 % 3);
}

/* ---- A server that takes a PUT apart as S3 does ---------------------------------------------- */

struct arrival {
    size_t size; /* what is to arrive: the first so many bytes */
    text payload, trailer, checksum;
    bool signed_body;
    unsigned failures; /* answers that refuse before it takes one */
    unsigned taken;
};

static const struct secret *find_secret(void *arg, text access_key_id)
{
    (void)access_key_id;
    return arg;
}

static enum sigv4_verdict verify(
    const struct world_http_request *request, struct arena *arena, struct sigv4_claim *claim)
{
    struct secret secret;
    struct sigv4_verifier verifier = {.find_secret = find_secret, .arg = &secret};
    struct http_request parsed;
    struct buffer head;
    CHECK(secret_set(&secret, TEXT("secret")));
    buffer_init(&head, arena);
    buffer_add_format(
        &head, "%s %s HTTP/1.1\r\n%s\r\n", request->method, request->target, request->headers);
    CHECK(buffer_ok(&head));
    CHECK(http_request_parse(&parsed, head.data, head.size, arena) == NULL);
    char date[32];
    CHECK(world_http_header(request, "x-amz-date", date, sizeof date));
    char iso[32];
    snprintf(
        iso, sizeof iso, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", date, date + 4, date + 6, date + 9,
        date + 11, date + 13);
    struct date now;
    CHECK(date_parse_iso8601(text_of(iso), &now));
    enum sigv4_verdict verdict =
        sigv4_verify(&verifier, &parsed, (text){NULL, 0}, arena, now.seconds, claim);
    sigv4_signer_release(&verifier.signer);
    return verdict;
}

static bool header_is(const struct world_http_request *request, const char *name, const char *value)
{
    char found[256];
    return world_http_header(request, name, found, sizeof found) && strcmp(found, value) == 0;
}

static void read_chunks(
    const struct world_http_request *request, const struct sigv4_claim *claim,
    struct arrival *arrival)
{
    struct sigv4_chunks chunks;
    char decoded[32];
    snprintf(decoded, sizeof decoded, "%zu", arrival->size);
    CHECK(header_is(request, "content-encoding", "aws-chunked"));
    CHECK(header_is(request, "x-amz-decoded-content-length", decoded));
    CHECK(sigv4_chunks_init(&chunks, claim->payload, arrival->signed_body ? &claim->chain : NULL));
    text input = text_from(request->body, request->body_size);
    const char *problem = NULL;
    size_t got = 0;
    for (;;) {
        text run = sigv4_chunks_next(&chunks, &input, &problem);
        if (problem)
            FAIL("%s", problem);
        if (!run.data)
            break;
        CHECK(got + run.size <= arrival->size && memcmp(run.data, bytes + got, run.size) == 0);
        got += run.size;
    }
    CHECK(chunks.done && input.size == 0);
    CHECK_EQ(got, arrival->size);
    if (!arrival->trailer.size)
        return;
    CHECK(header_is(request, "x-amz-trailer", arrival->trailer.data));
    CHECK(text_equals(sigv4_chunks_trailer(&chunks, arrival->trailer), arrival->checksum));
}

static void take_put(
    const struct world_http_request *request, struct world_http_answer *answer, void *arg)
{
    struct journey *j = arg;
    struct arrival *arrival = j->own;
    struct budget memory;
    struct slab blocks;
    struct arena arena;
    struct sigv4_claim claim;
    budget_init(&memory, 1 << 20);
    slab_init(&blocks, &memory, ARENA_BLOCK_SIZE, 8);
    arena_init(&arena, &blocks);
    CHECK_EQ(verify(request, &arena, &claim), SIGV4_VALID);
    if (!text_equals(claim.payload, arrival->payload))
        FAIL("%.*s", TEXT_ARGS(claim.payload));
    read_chunks(request, &claim, arrival);
    if (arrival->failures) {
        arrival->failures--;
        answer->status = 503;
    } else {
        arrival->taken++;
    }
    arena_release(&arena);
    slab_release(&blocks);
}

static const inia_client_config configs[] = {
    {.service = "s3", .request_checksums = INIA_CHECKSUMS_WHEN_SUPPORTED},
    {.service = "s3",
     .request_checksums = INIA_CHECKSUMS_WHEN_SUPPORTED,
     .payload = INIA_PAYLOAD_UNSIGNED},
    {.service = "s3",
     .request_checksums = INIA_CHECKSUMS_WHEN_SUPPORTED,
     .payload = INIA_PAYLOAD_SIGNED},
    {.service = "s3", .payload = INIA_PAYLOAD_SIGNED},
};

static void expect(struct arrival *arrival, const inia_client_config *config, size_t size)
{
    static char checksum[16];
    unsigned char digest[CHECKSUM_MOST];
    bool sums = config->request_checksums == INIA_CHECKSUMS_WHEN_SUPPORTED;
    *arrival = (struct arrival){.size = size};
    arrival->signed_body = config->payload != INIA_PAYLOAD_UNSIGNED;
    arrival->payload = !sums                  ? SIGV4_STREAMING_SIGNED
                       : arrival->signed_body ? SIGV4_STREAMING_SIGNED_TRAILER
                                              : SIGV4_STREAMING_UNSIGNED_TRAILER;
    if (!sums)
        return;
    checksum_once(digest, CHECKSUM_CRC32, text_from(bytes, size));
    base64_encode(checksum, text_from(digest, 4));
    arrival->checksum = text_from(checksum, 8);
    arrival->trailer = TEXT("x-amz-checksum-crc32");
}

struct reading {
    size_t at, size;
    bool pauses;
};

static ssize_t read_part(void *arg, void *buffer, size_t capacity)
{
    struct reading *reading = arg;
    if (reading->pauses && world_random(4) == 0)
        return INIA_PAUSE;
    size_t left = reading->size - reading->at, size = 1 + world_random(300000);
    size = size < left ? size : left;
    size = size < capacity ? size : capacity;
    memcpy(buffer, bytes + reading->at, size);
    reading->at += size;
    return (ssize_t)size;
}

static bool rewind_part(void *arg)
{
    ((struct reading *)arg)->at = 0;
    return true;
}

static void resume_until_done(struct journey *j, inia_call *call)
{
    for (int turns = 0; j->finished < j->accepted; turns++) {
        CHECK(turns < JOURNEY_TURNS);
        journey_turn(j, 1);
        if (!j->finished_times[0])
            inia_resume(call);
    }
}

static void put_once(
    const inia_client_config *config, inia_source body, struct reading *reading, size_t size,
    unsigned failures)
{
    struct journey j;
    struct arrival arrival;
    expect(&arrival, config, size);
    arrival.failures = failures;
    reading->at = 0;
    reading->size = size;
    journey_begin_with(&j, size + failures + 1, config, NULL, take_put);
    j.own = &arrival;
    inia_call *call = journey_submit(&j, "PutObject", object_params, &(inia_request){.body = body});
    CHECK(call != NULL);
    resume_until_done(&j, call);
    CHECK_EQ(j.statuses[INIA_OK], 1);
    CHECK_EQ(arrival.taken, 1);
    CHECK_EQ(arrival.failures, 0);
    journey_end(&j);
}

static int file_of_bytes(void)
{
    static FILE *file;
    if (!file) {
        file = tmpfile();
        CHECK(file && fwrite(bytes, 1, sizeof bytes, file) == sizeof bytes && fflush(file) == 0);
    }
    return fileno(file);
}

TEST(a_body_read_in_pieces_is_framed_signed_and_followed_by_its_checksum)
{
    static const size_t sizes[] = {
        1, 20, FRAMING_CHUNK - 1, FRAMING_CHUNK, FRAMING_CHUNK + 1, LARGEST - 7};
    fill_bytes();
    for (size_t c = 0; c < COUNT_OF(configs); c++) {
        for (size_t s = 0; s < COUNT_OF(sizes); s++) {
            struct reading reading = {.pauses = s % 2};
            inia_source file = inia_from_file(file_of_bytes(), 0, sizes[s]);
            put_once(&configs[c], file, &reading, sizes[s], 0);
            inia_source stream = inia_from_stream(read_part, rewind_part, &reading, sizes[s]);
            put_once(&configs[c], stream, &reading, sizes[s], 0);
        }
    }
}

TEST(another_attempt_frames_and_signs_it_from_the_start)
{
    fill_bytes();
    for (size_t c = 0; c < COUNT_OF(configs); c++) {
        struct reading reading = {.pauses = true};
        size_t size = FRAMING_CHUNK + 1000;
        put_once(&configs[c], inia_from_file(file_of_bytes(), 0, size), &reading, size, 2);
        inia_source stream = inia_from_stream(read_part, rewind_part, &reading, size);
        put_once(&configs[c], stream, &reading, size, 2);
    }
}

TEST(a_framed_upload_may_be_cancelled_in_any_turn)
{
    size_t cancelled = 0;
    fill_bytes();
    for (uint64_t turn = 0; turn < 40; turn++) {
        struct journey j;
        struct arrival arrival;
        struct reading reading = {.size = LARGEST, .pauses = true};
        expect(&arrival, &configs[0], LARGEST);
        journey_begin_with(&j, turn + 1, &configs[0], NULL, take_put);
        j.own = &arrival;
        inia_source source = inia_from_stream(read_part, rewind_part, &reading, LARGEST);
        inia_call *call =
            journey_submit(&j, "PutObject", object_params, &(inia_request){.body = source});
        for (uint64_t i = 0; i < turn && !j.finished; i++) {
            journey_turn(&j, 1);
            if (!j.finished)
                inia_resume(call);
        }
        if (!j.finished)
            inia_cancel(call);
        journey_run(&j);
        cancelled += j.statuses[INIA_CANCELLED];
        journey_end(&j);
    }
    CHECK(cancelled > 3);
}

static void take_anything(/* with no memory of its own, for that would fail too */
                          const struct world_http_request *request,
                          struct world_http_answer *answer, void *arg)
{
    (void)request, (void)answer, (void)arg;
}

TEST(each_allocation_of_a_framed_upload_may_fail)
{
    bool all_well = false;
    fill_bytes();
    for (uint64_t nth = 1; nth < 200 && !all_well; nth++) {
        struct journey j;
        journey_begin_with(&j, 1, &configs[0], NULL, take_anything);
        CHECK(inia_find_operation(j.client, "PutObject", NULL) != NULL);
        budget_fail_after(nth);
        journey_submit(
            &j, "PutObject", object_params,
            &(inia_request){.body = inia_from_file(file_of_bytes(), 0, LARGEST)});
        journey_run(&j);
        budget_fail_after(0);
        all_well = j.statuses[INIA_OK] == 1;
        journey_end(&j);
    }
    CHECK(all_well);
}

/* ---- What a request carries ------------------------------------------------------------------ */

struct wanted {
    const char *has[3], *lacks[3]; /* "name: value"; names */
    const char *key, *value;       /* another parameter */
    inia_checksums requests;
    unsigned seen;
};

static void look_at_head(
    const struct world_http_request *request, struct world_http_answer *answer, void *arg)
{
    struct wanted *wanted = ((struct journey *)arg)->own;
    (void)answer;
    wanted->seen++;
    for (size_t i = 0; i < COUNT_OF(wanted->has) && wanted->has[i]; i++) {
        if (!strstr(request->headers, wanted->has[i]))
            FAIL("'%s' is not among\n%s", wanted->has[i], request->headers);
    }
    for (size_t i = 0; i < COUNT_OF(wanted->lacks) && wanted->lacks[i]; i++) {
        if (strstr(request->headers, wanted->lacks[i]))
            FAIL("'%s' is among\n%s", wanted->lacks[i], request->headers);
    }
}

static void submit_wanted(struct wanted *wanted, const char *operation, inia_request request)
{
    struct journey j;
    inia_param params[] = {{"Bucket", "b"}, {"Key", "k"}, {wanted->key, wanted->value}, {0}};
    journey_begin_with(
        &j, 1,
        &(inia_client_config){
            .service = "s3",
            .request_checksums = wanted->requests,
            .response_checksums = wanted->requests},
        NULL, look_at_head);
    j.own = wanted;
    CHECK(journey_submit(&j, operation, params, &request) != NULL);
    journey_run(&j);
    CHECK_EQ(j.statuses[INIA_OK], 1);
    CHECK_EQ(wanted->seen, 1);
    journey_end(&j);
}

TEST(a_body_in_memory_has_its_checksum_in_a_header_where_that_is_wanted)
{
    struct wanted all[] = {
        {.requests = INIA_CHECKSUMS_WHEN_SUPPORTED,
         .has = {"x-amz-checksum-crc32: i9aeUg==\r\n", "x-amz-sdk-checksum-algorithm: CRC32\r\n"},
         .lacks = {"aws-chunked", "x-amz-trailer"}},
        {.lacks = {"x-amz-checksum", "x-amz-sdk-checksum"}}, /* at an endpoint of the user's */
        {.requests = INIA_CHECKSUMS_WHEN_REQUIRED, .lacks = {"x-amz-checksum"}},
        {.key = "ChecksumAlgorithm",
         .value = "SHA1",
         .has = {"x-amz-checksum-sha1: e1AsOh9IyGCa4hLN+2Od7jlnP14=\r\n"},
         .lacks = {"x-amz-checksum-crc32"}},
        {.key = "ChecksumCRC32C",
         .value = "crUfeA==",
         .requests = INIA_CHECKSUMS_WHEN_SUPPORTED,
         .has = {"x-amz-checksum-crc32c: crUfeA==\r\n"},
         .lacks = {"x-amz-checksum-crc32:", "x-amz-sdk-checksum"}},
    };
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        inia_request request = {.body = inia_from_memory("Hello world", 11)};
        submit_wanted(&all[i], "PutObject", request);
    }
}

TEST(a_checksum_that_the_user_gives_a_stream_is_not_made_again)
{
    struct wanted wanted = {
        .key = "ChecksumCRC32C",
        .value = "crUfeA==",
        .requests = INIA_CHECKSUMS_WHEN_SUPPORTED,
        .has = {"x-amz-checksum-crc32c: crUfeA==\r\n", "x-amz-content-sha256: UNSIGNED-PAYLOAD"},
        .lacks = {"x-amz-checksum-crc32:", "aws-chunked", "x-amz-trailer"}};
    fill_bytes();
    submit_wanted(
        &wanted, "PutObject", (inia_request){.body = inia_from_file(file_of_bytes(), 0, 1000)});
}

TEST(the_encoding_of_an_object_stays_beside_that_of_its_transfer)
{
    struct wanted wanted = {
        .key = "ContentEncoding",
        .value = "gzip",
        .requests = INIA_CHECKSUMS_WHEN_SUPPORTED,
        .has = {"content-encoding: gzip,aws-chunked\r\n"}};
    fill_bytes();
    submit_wanted(
        &wanted, "PutObject", (inia_request){.body = inia_from_file(file_of_bytes(), 0, 1000)});
}

TEST(what_must_be_summed_up_is_so_by_md5_for_servers_that_only_resemble_S3)
{
    struct wanted all[] = {
        {.has = {"content-md5: "}, .lacks = {"x-amz-checksum"}},
        {.requests = INIA_CHECKSUMS_WHEN_SUPPORTED,
         .has = {"x-amz-checksum-crc32: "},
         .lacks = {"content-md5"}},
    };
    static const inia_param params[] = {
        {"Bucket", "b"}, {"Delete", "{\"Objects\":[{\"Key\":\"k\"}]}"}, {0}};
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        struct journey j;
        inia_client_config config = {.service = "s3", .request_checksums = all[i].requests};
        journey_begin_with(&j, 1, &config, NULL, look_at_head);
        j.own = &all[i];
        CHECK(journey_submit(&j, "DeleteObjects", params, NULL) != NULL);
        journey_run(&j);
        CHECK_EQ(all[i].seen, 1);
        journey_end(&j);
    }
}

TEST(a_response_is_asked_for_its_checksum_only_where_that_is_wanted)
{
    struct wanted all[] = {
        {.requests = INIA_CHECKSUMS_WHEN_SUPPORTED, .has = {"x-amz-checksum-mode: ENABLED\r\n"}},
        {.requests = INIA_CHECKSUMS_WHEN_REQUIRED, .lacks = {"x-amz-checksum-mode"}},
        {.lacks = {"x-amz-checksum-mode"}},
        {.key = "ChecksumMode", .value = "ENABLED", .has = {"x-amz-checksum-mode: ENABLED\r\n"}},
    };
    for (size_t i = 0; i < COUNT_OF(all); i++)
        submit_wanted(&all[i], "GetObject", (inia_request){0});
}

/* ---- What a response brings ------------------------------------------------------------------ */

enum { ANSWER_SIZE = 2 * TRANSFER_BLOCK + 777 };

struct reply {
    const char *header; /* NULL: the right CRC32 */
    enum checksum_algorithm algorithm;
    unsigned wrong; /* so many answers have one byte changed */
};

static void give(
    const struct world_http_request *request, struct world_http_answer *answer, void *arg)
{
    static char headers[256], changed[ANSWER_SIZE];
    struct reply *reply = ((struct journey *)arg)->own;
    unsigned char digest[CHECKSUM_MOST];
    char encoded[2 * CHECKSUM_MOST];
    (void)request;
    memcpy(changed, bytes, ANSWER_SIZE);
    text name = checksum_header(reply->algorithm);
    size_t size = checksum_once(digest, reply->algorithm, text_from(bytes, ANSWER_SIZE));
    base64_encode(encoded, text_from(digest, size));
    snprintf(
        headers, sizeof headers, "%.*s: %.*s\r\n", TEXT_ARGS(name), (int)base64_encoded_size(size),
        encoded);
    answer->headers = reply->header ? reply->header : headers;
    answer->body = changed;
    answer->body_size = ANSWER_SIZE;
    answer->chunked = world_random(2);
    if (!reply->wrong)
        return;
    reply->wrong--;
    changed[world_random(ANSWER_SIZE)] ^= 1;
}

static ssize_t write_part(void *arg, const void *got, size_t size)
{
    size_t *at = arg;
    (void)got;
    if (world_random(3) == 0)
        return INIA_PAUSE;
    *at += size;
    return (ssize_t)size;
}

static const char *last_message;

static void keep_message(struct journey *j, inia_call *call)
{
    static char message[512];
    (void)j;
    snprintf(message, sizeof message, "%s", call->message);
    last_message = message;
}

enum place { NOWHERE, MEMORY, FILE_PLACE, STREAM, PLACES };

static size_t statuses_of(
    struct reply reply, enum place place, uint64_t seed, inia_status status, size_t *attempts)
{
    static char memory[ANSWER_SIZE];
    struct journey j;
    size_t written = 0;
    FILE *file = tmpfile();
    inia_sink sinks[] = {
        [NOWHERE] = {0},
        [MEMORY] = inia_to_memory(memory, sizeof memory),
        [FILE_PLACE] = inia_to_file(fileno(file), 0),
        [STREAM] = inia_to_stream(write_part, &written),
    };
    inia_client_config config = {
        .service = "s3", .response_checksums = INIA_CHECKSUMS_WHEN_SUPPORTED};
    journey_begin_with(&j, seed, &config, NULL, give);
    j.own = &reply;
    j.look = keep_message;
    inia_call *call =
        journey_submit(&j, "GetObject", object_params, &(inia_request){.into = sinks[place]});
    resume_until_done(&j, call);
    inia_stats stats;
    inia_engine_stats(j.engine, &stats);
    *attempts = stats.attempts;
    size_t count = j.statuses[status];
    if (count && status == INIA_OK && place == MEMORY)
        CHECK(memcmp(memory, bytes, ANSWER_SIZE) == 0);
    journey_end(&j);
    fclose(file);
    return count;
}

TEST(a_body_that_fits_its_checksum_is_taken_wherever_it_goes)
{
    fill_bytes();
    for (enum checksum_algorithm algorithm = 1; algorithm < CHECKSUM_COUNT; algorithm++) {
        for (enum place place = 0; place < PLACES; place++) {
            size_t attempts;
            struct reply reply = {.algorithm = algorithm};
            CHECK_EQ(statuses_of(reply, place, algorithm, INIA_OK, &attempts), 1);
            CHECK_EQ(attempts, 1);
        }
    }
}

TEST(a_body_that_does_not_fit_is_a_BAD_RESPONSE_and_asked_for_again_if_it_can_be)
{
    fill_bytes();
    for (enum checksum_algorithm algorithm = 1; algorithm < CHECKSUM_COUNT; algorithm++) {
        for (enum place place = 0; place < PLACES; place++) {
            size_t attempts;
            struct reply reply = {.algorithm = algorithm, .wrong = 9};
            CHECK_EQ(statuses_of(reply, place, algorithm, INIA_BAD_RESPONSE, &attempts), 1);
            CHECK(strstr(last_message, "the body is not what was sent: its ") == last_message);
            CHECK_EQ(attempts, place == STREAM ? 1 : 3);
            reply.wrong = 1;
            inia_status status = place == STREAM ? INIA_BAD_RESPONSE : INIA_OK;
            CHECK_EQ(statuses_of(reply, place, algorithm, status, &attempts), 1);
            CHECK_EQ(attempts, place == STREAM ? 1 : 2);
        }
    }
}

TEST(a_checksum_of_parts_is_not_one_of_the_whole_and_another_may_be)
{
    static const struct {
        const char *headers;
        inia_status status;
    } cases[] = {
        {"x-amz-checksum-crc32: i9aeUg==-3\r\n", INIA_OK},
        {"x-amz-checksum-crc32: i9aeUg==\r\n", INIA_BAD_RESPONSE},
        {"x-amz-checksum-crc64nvme: AAAA-2\r\nx-amz-checksum-crc32: i9aeUg==\r\n",
         INIA_BAD_RESPONSE},
        {"x-amz-checksum-md4: i9aeUg==\r\n", INIA_OK},
        {"x-amz-checksum-crc32: not base64!\r\n", INIA_BAD_RESPONSE},
    };
    fill_bytes();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        size_t attempts;
        struct reply reply = {.header = cases[i].headers, .algorithm = CHECKSUM_CRC32};
        CHECK_EQ(statuses_of(reply, MEMORY, 1, cases[i].status, &attempts), 1);
    }
}

TEST(who_does_not_ask_gets_the_body_as_it_came)
{
    struct journey j;
    struct reply reply = {.header = "x-amz-checksum-crc32: AAAAAA==\r\n", .algorithm = 1};
    fill_bytes();
    journey_begin(&j, 1, "s3", give);
    j.own = &reply;
    CHECK(journey_submit(&j, "GetObject", object_params, NULL) != NULL);
    journey_run(&j);
    CHECK_EQ(j.statuses[INIA_OK], 1);
    journey_end(&j);
}
