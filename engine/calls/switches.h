/*
 * switches: what a client does that the model does not say and that users may choose: the client's
 * config first, then the environment, then the profile.
 */
#ifndef CALLS_SWITCHES_H
#define CALLS_SWITCHES_H

#include "base/base.h"
#include "settings/settings.h"

struct client_switches {
    bool request_checksums;  /* where the model supports them, not only where it requires them */
    bool response_checksums; /* asked for and checked wherever the model supports them */
    bool md5_when_required;  /* Content-MD5 is what servers know that only resemble S3 */
    bool no_compression, no_host_prefix;
    size_t least_compressed; /* bytes; 0: protocols' own */
};

/* custom_endpoint: the user named it, so nothing is known about what it can do. false with error: a
 * setting has a value that is none of its own. */
bool switches_init(
    struct client_switches *switches, const inia_client_config *config,
    const struct settings *settings, bool custom_endpoint, inia_error *error) MUST_USE;

#endif
