#include "command.h"
#include "endpoint/endpoint.h"

#include <inia/inia.h>
#include <stdio.h>
#include <string.h>

static int command_version(int argc, char **argv)
{
    (void)argc, (void)argv;
    printf("inia %d.%d\n", INIA_VERSION_MAJOR, INIA_VERSION_MINOR);
    return EXIT_GOOD;
}

static int command_help(int argc, char **argv);

static const struct command {
    const char *name, *arguments, *purpose;
    int (*run)(int argc, char **argv);
} commands[] = {
    {"call", "SERVICE OPERATION [NAME=VALUE ...]", "sends one request, prints its output as JSON",
     command_call},
    {"sign", "SERVICE OPERATION [NAME=VALUE ...]", "prints the signed request without sending it",
     command_sign},
    {"presign", "SERVICE OPERATION [NAME=VALUE ...]", "prints a URL that carries its signature",
     command_presign},
    {"bench", "WORKLOAD", "drives an endpoint and tells what a request costs", command_bench},
    {"endpoint", "", "serves S3 and SQS from memory, for development and tests", endpoint_main},
    {"version", "", "", command_version},
    {"help", "", "", command_help},
};

static void usage(FILE *out)
{
    fprintf(out, "usage: inia COMMAND ...\n\n");
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (*commands[i].purpose)
            fprintf(
                out, "  inia %s %s\n      %s\n", commands[i].name, commands[i].arguments,
                commands[i].purpose);
    }
    fprintf(out, "\n`inia COMMAND --help` tells a command's options.\n");
}

static int command_help(int argc, char **argv)
{
    (void)argc, (void)argv;
    usage(stdout);
    return EXIT_GOOD;
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    if (strncmp(name, "--", 2) == 0)
        name += 2;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(name, commands[i].name) == 0)
            return commands[i].run(argc - 2, argv + 2);
    }
    if (*name)
        fprintf(stderr, "inia: there is no command '%s'\n\n", argv[1]);
    usage(stderr);
    return EXIT_USAGE;
}
