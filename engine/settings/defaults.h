/*
 * defaults: what AWS's modes of defaults say (defaults_mode; sdk-default-configuration.json of the
 * SDKs, version 1). A mode only says what counts where nobody says anything else.
 */
#ifndef SETTINGS_DEFAULTS_H
#define SETTINGS_DEFAULTS_H

#include "base/base.h"

enum defaults_mode {
    DEFAULTS_LEGACY, /* says nothing: inia's own defaults */
    DEFAULTS_STANDARD,
    DEFAULTS_IN_REGION,
    DEFAULTS_CROSS_REGION,
    DEFAULTS_MOBILE,
    DEFAULTS_AUTO, /* one of the first three, as defaults_for() finds */
    DEFAULTS_MODES,
};

/* By enum defaults_mode: "legacy", "standard" ... */
extern const char *const defaults_names[DEFAULTS_MODES];

struct defaults {
    bool standard_retries;   /* retry_mode = standard */
    bool sts_regional;       /* sts_regional_endpoints = regional */
    bool us_east_1_regional; /* s3_us_east_1_regional_endpoint = regional */
    uint32_t connect_ms;     /* to reach a server; 0: nothing is said, as in the next */
    uint32_t tls_ms;         /* to agree upon TLS with it */
};

struct defaults defaults_of(enum defaults_mode mode); /* but DEFAULTS_AUTO */

/* The region this program runs in; each may be absent or empty. The first two count only in an
 * environment that AWS runs (AWS_EXECUTION_ENV). */
struct defaults_place {
    text execution_env;
    text region_variable, default_region_variable; /* AWS_REGION, AWS_DEFAULT_REGION */
    text instance_region;                          /* as IMDS says */
};

/* What DEFAULTS_AUTO is for a client of this region. Unknown places are standard. */
enum defaults_mode defaults_for(const struct defaults_place *place, text region);

#endif
