#include "usage.h"

#include "base/base.h"
#include "command.h"

#include <stdio.h>

static const char connecting[] =
    "  --endpoint-url URL   instead of the service's own (also AWS_ENDPOINT_URL)\n"
    "  --compatibility WHAT aws, s3-like, or auto: as AWS's own does it, or as what resembles S3\n"
    "                       wants it, by the host's name (also INIA_COMPATIBILITY)\n"
    "  --region REGION      (also AWS_REGION)\n"
    "  --profile NAME       (also AWS_PROFILE)\n"
    "  --ca-bundle FILE     PEM file of the CAs to believe (also AWS_CA_BUNDLE)\n"
    "  --no-verify-ssl      believe any certificate\n"
    "  --no-sign-request    without credentials\n"
    "  --path-style         the bucket in the path, not in the host name\n"
    "  --unsigned-payload, --signed-payload   whether the signature covers the body\n"
    "  --dual-stack, --fips which endpoints\n"
    "  --defaults-mode NAME standard, in-region, cross-region, mobile, auto (also "
    "AWS_DEFAULTS_MODE)\n"
    "  --protocol NAME      of those the service offers (smithy-rpc-v2-cbor, json, query, ...)\n"
    "  --deadline 5s        for everything together\n"
    "  --max-attempts N     3\n"
    "  --debug              tell what happens on standard error\n";

static const char parameters[] =
    "  NAME=VALUE           a parameter of the operation; lists and structures as JSON\n"
    "  NAME=@FILE, NAME=@-  what the file, or standard input, holds; NAME=@@x: @x itself\n"
    "  --json JSON|FILE|-   parameters as the AWS CLI's --cli-input-json (also so named)\n"
    "  --body FILE|-        the streaming input (PutObject's Body)\n";

static const char exit_codes[] = "\nExit codes: 0 it went well; 1 it failed, one line on standard "
                                 "error says why; 2 the command\n"
                                 "line is not understood.\n";

static const struct usage {
    const char *command, *arguments;
    const char *parts[6];
} usages[] = {
    {"call",
     "SERVICE OPERATION [NAME=VALUE ...] [options]",
     {"Sends one request and prints its output as JSON.\n\n", parameters,
      "  --into FILE|-        where the streaming output goes; else to standard output\n"
      "  --output json|text|table   as the AWS CLI prints them (also AWS_DEFAULT_OUTPUT,\n"
      "                       output in ~/.aws/config)\n"
      "  --query EXPRESSION   JMESPath: what of the output is printed\n"
      "  --all-pages          of a list: all of it as one output; also implied by the next three\n"
      "  --max-items N        so many items; the output's NextToken tells where to go on\n"
      "  --starting-token T   go on there\n"
      "  --page-size N        items of one request\n",
      connecting, exit_codes}},
    {"sign",
     "SERVICE OPERATION [NAME=VALUE ...] [options]",
     {"Prints the signed request without sending it.\n\n", parameters,
      "  --curl, --json       as a curl command line, as JSON\n", connecting, exit_codes}},
    {"presign",
     "SERVICE OPERATION [NAME=VALUE ...] [options]",
     {"Prints a URL that carries its signature.\n\n", parameters,
      "  --expires 15m        how long the URL is good for\n"
      "  --curl, --json       as a curl command line, as JSON\n",
      connecting, exit_codes}},
    {"wait",
     "SERVICE WAITER [NAME=VALUE ...] [options]",
     {"Looks again and again until a state is reached that the service's model names, such as\n"
      "BucketExists (`inia waiters SERVICE` lists them).\n\n",
      parameters,
      "  --interval 5s        between two looks, in whole seconds; the waiter's\n"
      "  --max-polls N        looks at most; the waiter's\n",
      connecting,
      "\nExit codes: 0 the state is reached; 1 it cannot come any more, did not come in time, or "
      "a\n"
      "look failed: one line on standard error says which; 2 the command line is not "
      "understood.\n"}},
    {"doctor",
     "[SERVICE [OPERATION [NAME=VALUE ...]]] [options]",
     {"Tells every value that would be used and where it comes from, secrets but for their last\n"
      "four characters; then tries credentials, name, connection with TLS, clock and a signed\n"
      "call: sts GetCallerIdentity, or one of SERVICE that reads.\n\n",
      parameters,
      "  --offline            only tells, and tries nothing\n"
      "  --json               as JSON\n",
      connecting,
      "\nExit codes: 0 all is well; 1 something failed, and what to do is said; 2 the command "
      "line\n"
      "is not understood.\n"}},
    {"services",
     "[--long]",
     {"Prints the names of all services that have a model.\n\n"
      "  --long               and version, protocol, number of operations and full name, with "
      "tabs\n"
      "                       between them\n",
      exit_codes}},
    {"operations", "SERVICE", {"Prints the names of a service's operations.\n", exit_codes}},
    {"waiters",
     "SERVICE",
     {"Prints the names of the states that `inia wait SERVICE` can wait for.\n", exit_codes}},
    {"describe",
     "SERVICE [OPERATION] [--brief]",
     {"Tells what the model says of a service, or of an operation: what it is for, its protocol\n"
      "and auth, its pages and waiters, and the members of its input and output.\n\n"
      "  --brief              without documentation\n",
      exit_codes}},
};

static const struct usage *find(const char *command)
{
    size_t at = 0;
    while (strcmp(command, usages[at].command) != 0)
        check(++at < COUNT_OF(usages));
    return &usages[at];
}

int usage_show(const char *command)
{
    const struct usage *usage = find(command);
    printf("usage: inia %s %s\n\n", command, usage->arguments);
    for (size_t i = 0; i < COUNT_OF(usage->parts) && usage->parts[i]; i++)
        fputs(usage->parts[i], stdout);
    return EXIT_GOOD;
}

int usage_wrong(const char *command)
{
    fprintf(stderr, "usage: inia %s %s\n", command, find(command)->arguments);
    return EXIT_USAGE;
}
