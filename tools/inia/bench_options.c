#include "bench_options.h"

#include "command.h"
#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_IN_FLIGHT = 1 << 20,
    MOST_OBJECTS = 1 << 20,
    MOST_CORES = 256,
    MOST_CPU = 4095,
    MOST_BATCH_US = 1000000,
    LEAST_CALLER_MEMORY = 1 << 20, /* bodies so large go into memory that is used again */
};
static const uint64_t MOST_SIZE = 5ull << 30; /* what one PutObject takes */
static const double MOST_RATE = 1e8;

/* The option's place and how it is written. */
struct field {
    const char *name;
    enum { TEXT, SIZE, COUNT, DURATION, RATE, CPU, FLAG, CLEAR } kind;
    void *place;
    uint32_t most; /* of a COUNT */
};

bool bench_options_size(const char *written, uint64_t most, uint64_t *size)
{
    static const char units[] = "kmgt";
    if (*written < '0' || *written > '9')
        return false;
    char *end;
    errno = 0;
    uint64_t number = strtoull(written, &end, 10);
    if (errno)
        return false;
    const char *unit = *end ? strchr(units, *end | 0x20) : NULL;
    unsigned shift = unit ? 10u * (unsigned)(unit - units + 1) : 0;
    if (*end && (!unit || end[1]))
        return false;
    if (number > most >> shift)
        return false;
    *size = number << shift;
    return true;
}

static bool complain(const char *name, const char *value, const char *wanted)
{
    fprintf(stderr, "inia bench: %s: '%s' is no %s\n", name, value, wanted);
    return false;
}

static bool read_count(const struct field *field, const char *value)
{
    char wanted[64];
    uint64_t number;
    snprintf(wanted, sizeof wanted, "number from 1 to %u", field->most);
    if (!bench_options_size(value, field->most, &number) || number == 0)
        return complain(field->name, value, wanted);
    *(uint32_t *)field->place = (uint32_t)number;
    return true;
}

static bool read_rate(const struct field *field, const char *value)
{
    char *end;
    double rate = strtod(value, &end);
    if (end != value && *end == 'k' && !end[1])
        rate *= 1000, end++;
    if (end == value || *end || !(rate > 0) || rate > MOST_RATE)
        return complain(field->name, value, "rate in requests a second, such as 5000 or 5k");
    *(double *)field->place = rate;
    return true;
}

static bool read_duration(const struct field *field, const char *value)
{
    if (strcmp(value, "0") == 0 || strcmp(value, "0s") == 0)
        return *(uint32_t *)field->place = 0, true;
    return options_duration_ms(value, field->place) ||
           complain(field->name, value, "duration such as 5s, 250ms or 2m");
}

static bool read_cpu(const struct field *field, const char *value)
{
    uint64_t cpu;
    if (!bench_options_size(value, MOST_CPU, &cpu))
        return complain(field->name, value, "CPU's number");
    *(int *)field->place = (int)cpu;
    return true;
}

static bool read_field(const struct field *field, const char *value)
{
    switch (field->kind) {
    case TEXT:
        *(const char **)field->place = value;
        return true;
    case SIZE:
        return bench_options_size(value, MOST_SIZE, field->place) ||
               complain(field->name, value, "size such as 8k, 16m or 512, up to 5g");
    case COUNT:
        return read_count(field, value);
    case DURATION:
        return read_duration(field, value);
    case RATE:
        return read_rate(field, value);
    case CPU:
        return read_cpu(field, value);
    case FLAG:
        return *(bool *)field->place = true;
    case CLEAR:
        *(bool *)field->place = false;
        return true;
    }
    return false;
}

/* What is not an option's own value but follows from several. */
struct extras {
    const char *size;
    bool tls, unsigned_payload, signed_payload, caller_memory, engine_memory;
};

static const struct field *field_find(
    struct bench_options *options, struct extras *extras, const char *name)
{
    static struct field found;
    const struct field fields[] = {
        {"--size", TEXT, &extras->size, 0},
        {"--in-flight", COUNT, &options->in_flight, MOST_IN_FLIGHT},
        {"--rate", RATE, &options->rate, 0},
        {"--duration", DURATION, &options->duration_ms, 0},
        {"--warmup", DURATION, &options->warmup_ms, 0},
        {"--cores", COUNT, &options->cores, MOST_CORES},
        {"--pin", CPU, &options->pin, 0},
        {"--tls", FLAG, &extras->tls, 0},
        {"--objects", COUNT, &options->objects, MOST_OBJECTS},
        {"--bucket", TEXT, &options->bucket, 0},
        {"--key", TEXT, &options->key, 0},
        {"--queue", TEXT, &options->queue, 0},
        {"--no-prepare", CLEAR, &options->prepare, 0},
        {"--endpoint-url", TEXT, &options->client.endpoint_url, 0},
        {"--region", TEXT, &options->client.region, 0},
        {"--profile", TEXT, &options->client.profile, 0},
        {"--ca-bundle", TEXT, &options->client.ca_bundle, 0},
        {"--no-verify-ssl", FLAG, &options->client.no_verification, 0},
        {"--no-sign-request", FLAG, &options->client.anonymous, 0},
        {"--unsigned-payload", FLAG, &extras->unsigned_payload, 0},
        {"--signed-payload", FLAG, &extras->signed_payload, 0},
        {"--caller-memory", FLAG, &extras->caller_memory, 0},
        {"--engine-memory", FLAG, &extras->engine_memory, 0},
        {"--connections", COUNT, &options->connections, MOST_IN_FLIGHT},
        {"--batch-us", COUNT, &options->batch_us, MOST_BATCH_US},
        {"--deadline", DURATION, &options->deadline_ms, 0},
        {"--adaptive", FLAG, &options->client.adaptive_concurrency, 0},
        {"--max-attempts", COUNT, &options->client.max_attempts, 100},
        {"--metrics-port", COUNT, &options->metrics_port, 65535},
        {"--json", FLAG, &options->as_json, 0},
        {"--debug", FLAG, &options->debug, 0},
    };
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (strcmp(name, fields[i].name) == 0) {
            found = fields[i];
            return &found;
        }
    }
    return NULL;
}

static void help(FILE *out)
{
    fprintf(out, "usage: inia bench WORKLOAD [options]\n\n");
    const struct bench_workload *workload;
    for (size_t i = 0; (workload = bench_workload_at(i)); i++)
        fprintf(out, "  %-16s %s\n", workload->name, workload->purpose);
    fprintf(
        out,
        "\n"
        "  --size 8k            of an object or a message (k, m, g)\n"
        "  --in-flight 64       requests at once, on each core\n"
        "  --rate R             R requests a second, whatever the answers do: latency counts from\n"
        "                       when each should have gone, and those that could not are counted\n"
        "  --duration 5s        measured, after\n"
        "  --warmup 1s          which is not\n"
        "  --cores 1            threads, each with its own engine\n"
        "  --pin CPU            the first one's CPU; the others take the next\n"
        "  --objects 16         different objects\n"
        "  --bucket NAME, --queue NAME|URL\n"
        "  --no-prepare         create nothing: bucket, objects or queue are there\n"
        "  --key KEY            this one object\n"
        "  --connections N      at most, for each core; as many as --in-flight\n"
        "  --batch-us N         gather completions for so long: less CPU for more latency\n"
        "  --adaptive           find out how many requests at once, of those in flight, the "
        "server\n"
        "                       answers sooner for, and tell what limits them: demand, "
        "connections,\n"
        "                       the server, or the CPU of our own thread\n"
        "  --deadline 5s        for each request\n"
        "  --max-attempts N     3\n"
        "  --unsigned-payload, --signed-payload   whether the signature covers the body\n"
        "  --caller-memory, --engine-memory   where bodies go; 1m and larger: the caller's\n"
        "  --endpoint-url URL   instead of the service's own (also AWS_ENDPOINT_URL)\n"
        "  --tls                the URL in AWS_ENDPOINT_URL_TLS, which `inia endpoint` prints\n"
        "  --region REGION, --profile NAME, --ca-bundle FILE, --no-verify-ssl, --no-sign-request\n"
        "  --metrics-port N     serve what is counted to Prometheus on 127.0.0.1 meanwhile\n"
        "  --json               one object on standard output\n"
        "  --debug              what the engine has to say on standard error\n");
}

static bool settle_payload(struct bench_options *options, const struct extras *extras)
{
    if (extras->unsigned_payload && extras->signed_payload) {
        fprintf(stderr, "inia bench: --unsigned-payload and --signed-payload exclude each other\n");
        return false;
    }
    if (extras->unsigned_payload)
        options->client.payload = INIA_PAYLOAD_UNSIGNED;
    if (extras->signed_payload)
        options->client.payload = INIA_PAYLOAD_SIGNED;
    return true;
}

static bool settle_endpoint(struct bench_options *options, const struct extras *extras)
{
    const char *url = options->client.endpoint_url;
    if (extras->tls && !url) {
        options->client.endpoint_url = url = getenv("AWS_ENDPOINT_URL_TLS");
        if (!url) {
            fprintf(
                stderr, "inia bench: --tls: neither --endpoint-url nor AWS_ENDPOINT_URL_TLS says "
                        "where to\n");
            return false;
        }
    }
    if (extras->tls && strncmp(url, "https://", 8) != 0) {
        fprintf(stderr, "inia bench: --tls: '%s' does not begin with https://\n", url);
        return false;
    }
    if (!url)
        options->client.endpoint_url = url = getenv("AWS_ENDPOINT_URL");
    /* A bench against a server of one's own should not need a region, nor its name's subdomains. */
    options->client.path_style = url != NULL;
    if (url && !options->client.region && !getenv("AWS_REGION") && !getenv("AWS_DEFAULT_REGION"))
        options->client.region = "us-east-1";
    return true;
}

static bool settle_size(struct bench_options *options, const struct extras *extras)
{
    struct field size = {"--size", SIZE, &options->size, 0};
    if (!read_field(&size, extras->size ? extras->size : options->workload->size))
        return false;
    if (strcmp(options->workload->service, "sqs") == 0 &&
        (options->size > BENCH_MAX_MESSAGE || options->size == 0)) {
        fprintf(stderr, "inia bench: --size: a message has 1 byte to 256k\n");
        return false;
    }
    options->sink_memory =
        extras->caller_memory || (options->size >= LEAST_CALLER_MEMORY && !extras->engine_memory);
    return true;
}

static bool settle(struct bench_options *options, const struct extras *extras)
{
    if (!settle_payload(options, extras) || !settle_endpoint(options, extras) ||
        !settle_size(options, extras))
        return false;
    if (options->duration_ms == 0) {
        fprintf(stderr, "inia bench: --duration: nothing can be measured in no time\n");
        return false;
    }
    if (!options->queue)
        options->queue = options->bucket;
    if (!options->prepare && !strstr(options->queue, "://") &&
        strcmp(options->workload->service, "sqs") == 0) {
        fprintf(stderr, "inia bench: --no-prepare wants the queue's URL as --queue\n");
        return false;
    }
    if (options->connections == 0)
        options->connections = options->in_flight;
    return true;
}

/* NAME VALUE, NAME=VALUE, or a flag's NAME. */
static bool read_one(
    struct bench_options *options, struct extras *extras, int argc, char **argv, int *at)
{
    char name[32];
    const char *equals = strchr(argv[*at], '=');
    size_t size = equals ? (size_t)(equals - argv[*at]) : strlen(argv[*at]);
    snprintf(name, sizeof name, "%.*s", (int)size, argv[*at]);
    const struct field *field = field_find(options, extras, name);
    bool flag = field && (field->kind == FLAG || field->kind == CLEAR);
    if (!field || (flag && equals)) {
        fprintf(
            stderr, "inia bench: '%s' is no option (inia bench --help lists them)\n", argv[*at]);
        return false;
    }
    if (flag || equals)
        return read_field(field, flag ? "" : equals + 1);
    if (*at + 1 == argc) {
        fprintf(stderr, "inia bench: %s wants a value\n", name);
        return false;
    }
    return read_field(field, argv[++*at]);
}

int bench_options_read(struct bench_options *options, int argc, char **argv)
{
    *options = (struct bench_options){
        .bucket = "inia-bench",
        .objects = 16,
        .in_flight = 64,
        .duration_ms = 5000,
        .warmup_ms = 1000,
        .cores = 1,
        .pin = -1,
        .prepare = true,
    };
    if (argc > 0 && (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0)) {
        help(stdout);
        return EXIT_GOOD;
    }
    options->workload = argc > 0 ? bench_workload_find(argv[0]) : NULL;
    if (!options->workload) {
        fprintf(
            stderr, "inia bench: %s%s%s (inia bench --help lists them)\n",
            argc > 0 ? "there is no workload '" : "which workload?", argc > 0 ? argv[0] : "",
            argc > 0 ? "'" : "");
        return EXIT_USAGE;
    }
    options->client.service = options->workload->service;
    struct extras extras = {0};
    for (int at = 1; at < argc; at++) {
        if (!read_one(options, &extras, argc, argv, &at))
            return EXIT_USAGE;
    }
    return settle(options, &extras) ? -1 : EXIT_USAGE;
}
