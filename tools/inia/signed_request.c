#include "signed_request.h"

#include <stdio.h>
#include <string.h>

static void print_json_string(const char *string, size_t size)
{
    putchar('"');
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)string[i];
        if (c == '"' || c == '\\')
            printf("\\%c", c);
        else if (c < 0x20)
            printf("\\u%04x", c);
        else
            putchar(c);
    }
    putchar('"');
}

static void print_as_json(const inia_signed_request *request)
{
    printf("{\"method\":");
    print_json_string(request->method, strlen(request->method));
    printf(",\"url\":");
    print_json_string(request->url, strlen(request->url));
    printf(",\"headers\":{");
    for (size_t i = 0; i < request->header_count; i++) {
        const inia_header *header = &request->headers[i];
        printf(i ? "," : "");
        print_json_string(header->name, strlen(header->name));
        putchar(':');
        print_json_string(header->value, strlen(header->value));
    }
    printf("},\"body\":");
    if (request->body)
        print_json_string(request->body, request->body_size);
    else
        printf("null");
    printf("}\n");
}

/* Within single quotes of a shell. */
static void print_quoted(const char *bytes, size_t size)
{
    putchar('\'');
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] == '\'')
            printf("'\\''");
        else
            putchar(bytes[i]);
    }
    putchar('\'');
}

static void print_as_curl(const inia_signed_request *request, const struct options *options)
{
    bool head = strcmp(request->method, "HEAD") == 0;
    printf(head ? "curl --head" : "curl -X %s", request->method);
    for (size_t i = 0; i < request->header_count; i++) {
        const inia_header *header = &request->headers[i];
        if (strcmp(header->name, "content-length") == 0)
            continue; /* curl's own business */
        char line[8192];
        int size = snprintf(line, sizeof line, "%s: %s", header->name, header->value);
        printf(" -H ");
        print_quoted(line, size < (int)sizeof line ? (size_t)size : sizeof line - 1);
    }
    if (options->body_file) {
        printf(" --upload-file ");
        print_quoted(options->body_file, strlen(options->body_file));
    } else if (request->body_size) {
        printf(" --data-binary ");
        print_quoted(request->body, request->body_size);
    }
    putchar(' ');
    print_quoted(request->url, strlen(request->url));
    putchar('\n');
}

void signed_request_print(
    const inia_signed_request *request, const struct options *options, inia_goal goal)
{
    if (options->as_json) {
        print_as_json(request);
    } else if (options->as_curl) {
        print_as_curl(request, options);
    } else if (goal == INIA_PRESIGN) {
        printf("%s\n", request->url);
    } else {
        printf("%s %s\n", request->method, request->url);
        for (size_t i = 0; i < request->header_count; i++)
            printf("%s: %s\n", request->headers[i].name, request->headers[i].value);
        if (request->body_size)
            printf("\n%.*s\n", (int)request->body_size, (const char *)request->body);
    }
}
