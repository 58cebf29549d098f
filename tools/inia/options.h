/*
 * options: what may follow `inia call|sign|presign|wait SERVICE NAME`, read into what the library
 * takes. Errors are told in one line on stderr that names the argument.
 */
#ifndef INIA_OPTIONS_H
#define INIA_OPTIONS_H

#include "output.h"

#include <inia/inia.h>

enum { OPTIONS_MAX_PARAMS = 256 };

struct options_pages {
    bool wanted;                /* all pages as one output */
    uint64_t max_items;         /* 0: all */
    uint64_t page_size;         /* 0: the service's */
    const char *starting_token; /* NULL: from the start */
};

struct options {
    inia_client_config client;
    const char *operation;
    inia_param params[OPTIONS_MAX_PARAMS + 1]; /* ends with {0} */
    size_t param_count;
    char *contents[OPTIONS_MAX_PARAMS]; /* owned: of files that parameters are read from */
    size_t content_count;
    char *json;            /* owned; NULL: none */
    const char *body_file; /* "-": standard input */
    const char *into_file; /* "-": standard output */
    uint32_t deadline_ms;
    uint32_t expires_s;
    uint32_t interval_ms, max_polls; /* of a waiter; 0: its own */
    struct options_pages pages;
    struct output output;
    bool has_style;    /* said by --output */
    const char *query; /* NULL: none */
    bool debug, as_json, as_curl;
};

/* Returns -1, or the exit code to end with at once. argv must outlive options. */
int options_read(struct options *options, int argc, char **argv, const char *command);
void options_release(struct options *options);

/* "5s", "250ms", "2m", "1h", or plain seconds; false if it is none of them or 0. */
bool options_duration_ms(const char *written, uint32_t *ms);

#endif
