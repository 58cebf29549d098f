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

/*
 * What differs where a server only resembles S3 (inia_compatibility), unless it is said otherwise:
 *
 *                                 AWS                 like S3
 *   checksums of requests         when supported      when required: request_checksums
 *   checksums of answers          asked for           not asked for: response_checksums
 *   where one is required         CRC32               Content-MD5
 *   aws-chunked                   with a checksum     only to sign a stream's chunks
 *                                 behind a stream
 *   a bucket                      in the host's name  in the path: s3.addressing_style
 *
 * false with error: a setting has a value that is none of its own.
 */
bool switches_init(
    struct client_switches *switches, const inia_client_config *config,
    const struct settings *settings, bool s3_like, inia_error *error) MUST_USE;

#endif
