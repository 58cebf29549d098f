/*
 * micro [--json] [NAME ...]: what our own code costs per request, without a kernel in it: the best
 * of several rounds of CPU time.
 *
 *   sign-get        SigV4 of a GetObject whose head is built
 *   sign-send       SigV4 of a SendMessage with its 1 KiB body hashed
 *   build-get       GetObject's parameters checked and made a request, its head written
 *   parse-get       the head of GetObject's answer parsed and turned into output
 *   parse-send      the same of SendMessage's answer
 *   whole-get       submit, build, resolve, sign, write and release, through the library's door
 *   whole-send      the same of SendMessage
 *   switch          from one stack to another
 *   spawn           a task spawned, run and ended
 *   await-get       whole-get, in tasks
 */
#include "tasks/tasks.h"

#include <inia/inia.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 7, REQUESTS = 20000, BATCH = 32, MESSAGE_SIZE = 1024 };

/* All that a request needs outside the engine. */
struct bench {
    struct budget memory;
    struct slab blocks;
    struct arena kept, arena;
    struct protocol_readers readers;
    struct secret secret;
    struct signing_credentials credentials;
    struct sigv4_signer signer;
    struct protocol_plan *get, *send;
    char message[MESSAGE_SIZE + 1];
    text body;
    inia_engine *engine;
    inia_client *client;
    inia_request request;
    inia_param params[3];
    struct context here, there;
    char *stack;
    bool failed; /* in a task */
};

static const char get_answer[] =
    "HTTP/1.1 200 OK\r\n"
    "x-amz-id-2: 3Yz1ZkSg1sVJr2v0qMBnWBBWYwIDK0jwr7oiBvV7yGkJvYkWzU\r\n"
    "x-amz-request-id: 7JE5ZK0TA4NDQ3VD\r\n"
    "Date: Sat, 21 Nov 2026 02:00:00 GMT\r\n"
    "Last-Modified: Fri, 20 Nov 2026 12:00:00 GMT\r\n"
    "ETag: \"9b2cf535f27731c974343645a3985328\"\r\n"
    "x-amz-server-side-encryption: AES256\r\n"
    "Accept-Ranges: bytes\r\n"
    "Content-Type: binary/octet-stream\r\n"
    "Content-Length: 8192\r\n"
    "Server: AmazonS3\r\n\r\n";

static const char send_answer[] = "HTTP/1.1 200 OK\r\n"
                                  "x-amzn-RequestId: 1f0b1c3a-2c84-5d2e-9a2f-4c5a4b0f4e5d\r\n"
                                  "Date: Sat, 21 Nov 2026 02:00:00 GMT\r\n"
                                  "Content-Type: application/x-amz-json-1.0\r\n"
                                  "Content-Length: 106\r\n\r\n";

static const char send_body[] = "{\"MD5OfMessageBody\":\"fafb00f5732ab283681e124bf8747ed1\","
                                "\"MessageId\":\"5fea7756-0ea4-451a-a703-a558b933e274\"}";

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "micro: %s\n", what);
    exit(1);
}

static struct protocol_plan *plan_of(struct bench *bench, const char *service, const char *name)
{
    inia_error error = {0};
    struct model *model = model_load(NULL, text_of(service), (text){NULL, 0}, &error);
    const struct model_operation *operation =
        model ? model_require_operation(model, text_of(name), &error) : NULL;
    struct protocol_plan *plan =
        operation ? protocol_plan_new(operation, MODEL_PROTOCOL_NONE, &bench->kept, &error) : NULL;
    if (!plan)
        fail(error.detail);
    return plan; /* the model is kept until the end */
}

static void open_bench(struct bench *bench)
{
    budget_init(&bench->memory, (size_t)1 << 30);
    slab_init(&bench->blocks, &bench->memory, ARENA_BLOCK_SIZE, 64);
    arena_init(&bench->kept, &bench->blocks);
    arena_init(&bench->arena, &bench->blocks);
    if (!protocol_readers_init(&bench->readers) ||
        !secret_set(&bench->secret, TEXT("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")))
        fail("no memory");
    bench->credentials = (struct signing_credentials){
        .access_key_id = TEXT("AKIAIOSFODNN7EXAMPLE"), .secret_key = &bench->secret};
    bench->get = plan_of(bench, "s3", "GetObject");
    bench->send = plan_of(bench, "sqs", "SendMessage");
    memset(bench->message, 'm', MESSAGE_SIZE);
    bench->body = text_from(bench->message, MESSAGE_SIZE);
}

/* ---- What is measured: each does it once ---- */

static void add(struct http_draft *draft, struct arena *arena, text name, text value)
{
    if (!http_draft_add(draft, arena, name, value))
        fail("no memory");
}

static void sign_get(struct bench *bench)
{
    struct http_draft draft = {.method = TEXT("GET"), .path = TEXT("/bucket/object-000001")};
    struct sigv4_options options = {
        .credentials = &bench->credentials,
        .region = TEXT("us-east-1"),
        .service = TEXT("s3"),
        .payload = TEXT("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        .payload_header = true,
        .path_encoded_once = true,
        .path_not_normalized = true,
    };
    add(&draft, &bench->arena, TEXT("host"), TEXT("s3.us-east-1.amazonaws.com"));
    if (sigv4_sign_headers(&bench->signer, &draft, &bench->arena, &options, time(NULL)) != INIA_OK)
        fail("cannot sign");
}

static void sign_send(struct bench *bench)
{
    struct http_draft draft = {.method = TEXT("POST"), .path = TEXT("/")};
    unsigned char digest[SHA256_SIZE];
    char hash[2 * SHA256_SIZE];
    struct sigv4_options options = {
        .credentials = &bench->credentials,
        .region = TEXT("us-east-1"),
        .service = TEXT("sqs"),
        .payload = text_from(hash, sizeof hash),
    };
    sha256_once(digest, bench->body);
    hex_encode(hash, digest, sizeof digest);
    add(&draft, &bench->arena, TEXT("host"), TEXT("sqs.us-east-1.amazonaws.com"));
    add(&draft, &bench->arena, TEXT("content-type"), TEXT("application/x-amz-json-1.0"));
    add(&draft, &bench->arena, TEXT("x-amz-target"), TEXT("AmazonSQS.SendMessage"));
    if (sigv4_sign_headers(&bench->signer, &draft, &bench->arena, &options, time(NULL)) != INIA_OK)
        fail("cannot sign");
}

static void build_get(struct bench *bench)
{
    const inia_param params[] = {{"Bucket", "bucket"}, {"Key", "object-000001"}, {0}};
    inia_error error = {0};
    struct json_value *object;
    struct protocol_request request;
    struct buffer head;
    if (protocol_read_params(
            bench->get, bench->readers.json, (text){NULL, 0}, params, &bench->arena, &object,
            &error) != INIA_OK)
        fail(error.detail);
    struct protocol_input input = {.params = object};
    if (protocol_build(bench->get, &input, &bench->arena, &request, &error) != INIA_OK)
        fail(error.detail);
    buffer_init(&head, &bench->arena);
    http_draft_write(&request.draft, &head);
    if (!buffer_ok(&head))
        fail("no memory");
}

static void parse(
    struct bench *bench, const struct protocol_plan *plan, const char *head, text body)
{
    inia_error error = {0};
    struct http_response response;
    struct protocol_output output;
    text copy = arena_copy(&bench->arena, text_of(head));
    const char *problem = http_response_parse(
        &response, (char *)(uintptr_t)copy.data, copy.size, false, &bench->arena);
    if (problem)
        fail(problem);
    if (protocol_parse(plan, &bench->readers, &response, body, &bench->arena, &output, &error) !=
        INIA_OK)
        fail(error.detail);
}

static void parse_get(struct bench *bench)
{
    parse(bench, bench->get, get_answer, (text){NULL, 0});
}

static void parse_send(struct bench *bench)
{
    parse(bench, bench->send, send_answer, TEXT(send_body));
}

/* ---- Through the library's door ---- */

static void open_client(
    struct bench *bench, const char *service, const char *operation, const inia_param *params)
{
    static const inia_credentials credentials = {
        .access_key_id = "AKIAIOSFODNN7EXAMPLE",
        .secret_access_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"};
    inia_error error = {0};
    inia_client_config config = {
        .service = service, .region = "us-east-1", .credentials = &credentials};
    bench->engine = inia_engine_new(NULL, &error);
    bench->client = inia_client_new(bench->engine, &config, &error);
    bench->request = (inia_request){
        .operation = inia_find_operation(bench->client, operation, &error),
        .params = params,
        .goal = INIA_SIGN,
    };
    if (!bench->request.operation)
        fail(error.detail);
}

static void open_get(struct bench *bench)
{
    bench->params[0] = (inia_param){"Bucket", "bucket"};
    bench->params[1] = (inia_param){"Key", "object-000001"};
    open_client(bench, "s3", "GetObject", bench->params);
}

static void open_send(struct bench *bench)
{
    bench->params[0] =
        (inia_param){"QueueUrl", "https://sqs.us-east-1.amazonaws.com/123456789012/queue"};
    bench->params[1] = (inia_param){"MessageBody", bench->message};
    open_client(bench, "sqs", "SendMessage", bench->params);
}

static void close_client(struct bench *bench)
{
    inia_engine_free(bench->engine);
    bench->engine = NULL;
}

static void whole_batch(struct bench *bench)
{
    inia_call *done[BATCH];
    for (int i = 0; i < BATCH; i++) {
        if (!inia_submit(bench->client, &bench->request))
            fail("the engine is full");
    }
    for (size_t answered = 0; answered < BATCH;) {
        size_t count = inia_wait(bench->engine, done, BATCH, -1);
        answered += count;
        for (size_t i = 0; i < count; i++) {
            if (done[i]->status != INIA_OK)
                fail(done[i]->message);
            inia_release(done[i]);
        }
    }
}

/* ---- Tasks ---- */

enum { STACK_SIZE = 64 << 10 };

static void switch_back(void *arg)
{
    struct bench *bench = arg;
    for (;;)
        context_switch(&bench->there, &bench->here);
}

static void open_stack(struct bench *bench)
{
    bench->stack = aligned_alloc(16, STACK_SIZE);
    if (!bench->stack)
        fail("no memory");
    context_make(&bench->there, bench->stack, bench->stack + STACK_SIZE, switch_back, bench);
}

static void close_stack(struct bench *bench)
{
    context_release(&bench->there);
    free(bench->stack);
}

static void switch_batch(struct bench *bench)
{
    for (int i = 0; i < BATCH; i += 2)
        context_switch(&bench->here, &bench->there);
}

static void run_tasks(struct bench *bench, inia_task *task)
{
    for (int i = 0; i < BATCH; i++) {
        if (inia_spawn(bench->engine, task, bench) != INIA_OK)
            fail("no stack");
    }
    while (inia_pending(bench->engine) > 0)
        inia_wait(bench->engine, NULL, 0, -1);
    if (bench->failed)
        fail("a call in a task failed");
}

static void return_at_once(inia_engine *engine, void *arg)
{
    (void)engine;
    (void)arg;
}

static void spawn_batch(struct bench *bench)
{
    run_tasks(bench, return_at_once);
}

static void await_one(inia_engine *engine, void *arg)
{
    (void)engine;
    struct bench *bench = arg;
    inia_call *call = inia_await(inia_submit(bench->client, &bench->request));
    bench->failed |= call->status != INIA_OK;
    inia_release(call);
}

static void await_batch(struct bench *bench)
{
    run_tasks(bench, await_one);
}

/* ---- Measuring ---- */

static const struct subject {
    const char *name;
    void (*run)(struct bench *bench);
    int requests; /* of one run */
    void (*open)(struct bench *bench);
    void (*close)(struct bench *bench);
} subjects[] = {
    {"sign-get", sign_get, 1, NULL, NULL},
    {"sign-send", sign_send, 1, NULL, NULL},
    {"build-get", build_get, 1, NULL, NULL},
    {"parse-get", parse_get, 1, NULL, NULL},
    {"parse-send", parse_send, 1, NULL, NULL},
    {"whole-get", whole_batch, BATCH, open_get, close_client},
    {"whole-send", whole_batch, BATCH, open_send, close_client},
    {"switch", switch_batch, BATCH, open_stack, close_stack},
    {"spawn", spawn_batch, BATCH, open_get, close_client},
    {"await-get", await_batch, BATCH, open_get, close_client},
};

static double cpu_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static double best_of_rounds(struct bench *bench, const struct subject *subject)
{
    double best = 0;
    for (int round = 0; round < ROUNDS; round++) {
        double start = cpu_us();
        for (int i = 0; i < REQUESTS; i += subject->requests) {
            subject->run(bench);
            arena_clear(&bench->arena);
        }
        double each = (cpu_us() - start) / REQUESTS;
        best = round == 0 || each < best ? each : best;
    }
    return best;
}

static bool is_wanted(const char *name, int argc, char **argv)
{
    bool any = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], name) == 0)
            return true;
        any |= argv[i][0] != '-';
    }
    return !any;
}

int main(int argc, char **argv)
{
    static struct bench bench;
    bool as_json = argc > 1 && strcmp(argv[1], "--json") == 0;
    open_bench(&bench);
    for (size_t i = 0; i < sizeof subjects / sizeof subjects[0]; i++) {
        const struct subject *subject = &subjects[i];
        if (!is_wanted(subject->name, argc, argv))
            continue;
        if (subject->open)
            subject->open(&bench);
        double us = best_of_rounds(&bench, subject);
        if (subject->close)
            subject->close(&bench);
        printf(
            as_json ? "{\"micro\":\"%s\",\"cpu_us\":%.4f}\n" : "%-12s %8.3f us\n", subject->name,
            us);
    }
    sigv4_signer_release(&bench.signer);
    protocol_readers_release(&bench.readers);
    model_free((struct model *)(uintptr_t)bench.get->operation->model);
    model_free((struct model *)(uintptr_t)bench.send->operation->model);
    arena_release(&bench.arena);
    arena_release(&bench.kept);
    slab_release(&bench.blocks);
    return 0;
}
