#include "endpoint.h"

#include "server.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static struct server server;

static void stop(int signal_number)
{
    (void)signal_number;
    server_stop(&server);
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = stop};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
}

static void print_exports(void)
{
    const struct options *options = &server.options;
    const char *bracket =
        text_find(text_of(options->address), ':') == text_of(options->address).size ? "" : "[";
    const char *closing = *bracket ? "]" : "";
    printf("# inia endpoint: S3 and SQS in memory; for development, benches and tests only.\n");
    printf(
        "export AWS_ENDPOINT_URL=http://%s%s%s:%u\n", bracket, options->address, closing,
        server.plain.port);
    if (options->with_tls) {
        printf(
            "export AWS_ENDPOINT_URL_TLS=https://%s%s%s:%u\n", bracket, options->address, closing,
            server.secure.port);
        printf(
            "# over TLS: export AWS_ENDPOINT_URL=https://%s%s%s:%u\n", bracket, options->address,
            closing, server.secure.port);
        printf("export AWS_CA_BUNDLE=%s\n", server.authority.ca);
    }
    printf("export AWS_REGION=%.*s\n", TEXT_ARGS(options->region));
    printf("export AWS_ACCESS_KEY_ID=%.*s\n", TEXT_ARGS(options->access_key));
    printf("export AWS_SECRET_ACCESS_KEY=%.*s\n", TEXT_ARGS(options->secret_key));
    fflush(stdout);
}

static void print_totals(void)
{
    const struct server_counters *counters = &server.counters;
    printf(
        "# stopped: %llu requests on %llu connections, %llu answers 4xx, %llu 5xx, "
        "%llu bytes in, %llu bytes out\n",
        (unsigned long long)counters->requests, (unsigned long long)counters->connections,
        (unsigned long long)counters->answers_4xx, (unsigned long long)counters->answers_5xx,
        (unsigned long long)counters->bytes_in, (unsigned long long)counters->bytes_out);
    fflush(stdout);
}

int endpoint_main(int argc, char **argv)
{
    struct options options;
    bool help;
    if (!options_parse(&options, argc, argv, &help))
        return 2;
    if (help)
        return EXIT_SUCCESS;
    bool runs = server_init(&server, &options);
    if (runs) {
        catch_signals();
        print_exports();
        server_run(&server);
    }
    server_release(&server);
    if (!runs)
        return EXIT_FAILURE;
    print_totals();
    return EXIT_SUCCESS;
}
