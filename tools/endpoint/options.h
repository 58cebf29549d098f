/* options: what `inia endpoint` is asked for on its command line and by its environment. */
#ifndef ENDPOINT_OPTIONS_H
#define ENDPOINT_OPTIONS_H

#include "faults.h"

struct options {
    const char *address;
    uint16_t port, tls_port;
    bool with_tls; /* tls_port was given; 0: any */
    uint64_t memory_most;
    uint32_t connections_most;
    uint32_t idle_ms;
    bool no_verify;
    bool echo;       /* any service, as echo.h says */
    bool fast_etags; /* not MD5 */
    bool log_requests;
    const char *state; /* a folder, or NULL */
    struct faults faults;
    text region, access_key, secret_key;
};

/* false: said on stderr what is wrong. *help: said on stdout what there is; stop. */
bool options_parse(struct options *options, int argc, char **argv, bool *help) MUST_USE;

#endif
