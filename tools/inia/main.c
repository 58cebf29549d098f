#include "command.h"
#include "endpoint/endpoint.h"

#include <errno.h>
#include <inia/inia.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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
    {"wait", "SERVICE WAITER [NAME=VALUE ...]", "looks until a state is reached", command_wait},
    {"services", "[--long]", "lists the services that have a model", command_services},
    {"operations", "SERVICE", "lists a service's operations", command_operations},
    {"waiters", "SERVICE", "lists the states that can be waited for", command_waiters},
    {"describe", "SERVICE [OPERATION]", "tells what the model says of it", command_describe},
    {"doctor", "[SERVICE [OPERATION]]", "tells what would be used and why, and tries it out",
     command_doctor},
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

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(name, commands[i].name) == 0)
            return &commands[i];
    }
    return NULL;
}

static int unknown_command(const char *name)
{
    if (*name)
        fprintf(stderr, "inia: there is no command '%s'\n\n", name);
    usage(stderr);
    return EXIT_USAGE;
}

static int command_help(int argc, char **argv)
{
    static char help[] = "--help";
    const struct command *command = argc > 0 ? find_command(argv[0]) : NULL;
    if (argc > 0 && !command)
        return unknown_command(argv[0]);
    if (command && *command->purpose)
        return command->run(1, (char *[]){help, NULL});
    usage(stdout);
    return EXIT_GOOD;
}

/* What was printed has to arrive, unless whoever read it has seen enough. */
static int end(int exit_code)
{
    struct pollfd reader = {.fd = STDOUT_FILENO, .events = POLLOUT};
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return exit_code;
    int why = errno;
    if (why == EPIPE || (poll(&reader, 1, 0) == 1 && (reader.revents & POLLERR)))
        return exit_code;
    fprintf(stderr, "inia: standard output: %s\n", why ? strerror(why) : "not all was written");
    return EXIT_FAILED;
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    if (strncmp(name, "--", 2) == 0)
        name += 2;
    const struct command *command = find_command(name);
    return command ? end(command->run(argc - 2, argv + 2)) : unknown_command(name);
}
