/*
 * settings: what the environment and the files of ~/.aws say, with where each value came from. Read
 * once, when a client is made (the only place that blocks); never changed afterwards. It does not
 * know what a value means: that is for identity, endpoints, retry and calls.
 *
 *   struct settings *settings = settings_new(&memory, &(struct settings_config){0}, &error);
 *   struct setting region = settings_find(settings, &setting_region);
 *   if (region.value.size) ...                      // "us-west-2"
 *   setting_write_origin(&buffer, region);          // "AWS_REGION" or "~/.aws/config:12"
 *   settings_free(settings);                        // the values go with it
 *
 *   profiles   the two files, parsed                             profiles.h
 *   choice     which value counts, and who is told of it         choice.h
 *   defaults   what AWS's modes of defaults (defaults_mode) say   defaults.h
 */
#ifndef SETTINGS_SETTINGS_H
#define SETTINGS_SETTINGS_H

#include "profiles.h"

enum { SETTINGS_FILE_MOST = 1 << 20 }; /* bytes of each file */

struct settings;

struct settings_config {
    char *const *environment; /* "NAME=value" ..., ends with NULL; NULL: the process's own */
    text profile;             /* absent: AWS_DEFAULT_PROFILE, AWS_PROFILE, "default" */
    /* Told of each value that is chosen (choice.h), of which profile and files there are; NULL:
     * nobody is. origin: "program", "default", a variable, or a file and line. */
    void (*tell)(void *arg, const char *name, const char *value, const char *origin);
    void *tell_arg;
};

/* NULL with *error: a file that is not as it should be ("~/.aws/config:12: ..."), a profile that
 * was named but is not there, no memory. Files that do not exist are empty. */
struct settings *settings_new(
    struct budget *memory, const struct settings_config *config, inia_error *error) MUST_USE;
void settings_free(struct settings *settings);

/* A value and its origin: a variable, or a file and line. */
struct setting {
    text value; /* absent: not set; an empty variable counts as not set */
    const char *variable;
    const char *file;
    unsigned line;
};

void setting_write_origin(struct buffer *out, struct setting setting);

/* The names of one setting in the order in which they are looked for; NULL: none. */
struct setting_names {
    const char *variables[2];
    const char *key;     /* in a profile; for a person the setting's name */
    const char *section; /* of a profile, where inner is; only if it is not at key; NULL: none */
    const char *inner;
};

extern const struct setting_names setting_region;        /* AWS_REGION, region */
extern const struct setting_names setting_access_key_id; /* in a profile only */
extern const struct setting_names setting_secret_access_key;
extern const struct setting_names setting_session_token;
extern const struct setting_names setting_account_id;
extern const struct setting_names setting_ca_bundle;     /* AWS_CA_BUNDLE, ca_bundle */
extern const struct setting_names setting_tcp_keepalive; /* in a profile only */
extern const struct setting_names setting_max_attempts;  /* AWS_MAX_ATTEMPTS, max_attempts */
extern const struct setting_names setting_retry_mode;    /* AWS_RETRY_MODE, retry_mode */
extern const struct setting_names setting_defaults_mode;
extern const struct setting_names setting_use_fips; /* AWS_USE_FIPS_ENDPOINT, ... */
extern const struct setting_names setting_use_dual_stack;
extern const struct setting_names setting_sts_endpoints; /* sts_regional_endpoints */
extern const struct setting_names setting_account_id_mode;
extern const struct setting_names setting_request_checksums;  /* request_checksum_calculation */
extern const struct setting_names setting_response_checksums; /* response_checksum_validation */
extern const struct setting_names setting_app_id;             /* AWS_SDK_UA_APP_ID, sdk_ua_app_id */
extern const struct setting_names setting_no_compression;     /* disable_request_compression */
extern const struct setting_names setting_least_compressed;
extern const struct setting_names setting_no_host_prefix;  /* disable_host_prefix_injection */
extern const struct setting_names setting_discovery;       /* endpoint_discovery_enabled */
extern const struct setting_names setting_compatibility;   /* INIA_COMPATIBILITY, inia_... */
extern const struct setting_names setting_auth_schemes;    /* auth_scheme_preference */
extern const struct setting_names setting_signing_regions; /* sigv4a_signing_region_set */
extern const struct setting_names setting_output;          /* AWS_DEFAULT_OUTPUT, output */

/* Of S3: in its section of the profile ("s3 ="), some of them beside it or in a variable as well.
 */
extern const struct setting_names setting_addressing_style;
extern const struct setting_names setting_s3_accelerate;
extern const struct setting_names setting_s3_dual_stack;
extern const struct setting_names setting_s3_us_east_1;
extern const struct setting_names setting_s3_signs_payload;
extern const struct setting_names setting_use_arn_region;
extern const struct setting_names setting_no_multi_region;
extern const struct setting_names setting_no_s3_sessions;

struct setting settings_find(const struct settings *settings, const struct setting_names *names);
struct setting settings_variable(const struct settings *settings, const char *name);
struct setting settings_in_profile(const struct settings *settings, const char *key);

/* For a service by its model's serviceId ("Elastic Beanstalk"): its own variable, the general one,
 * the profile's services section, its endpoint_url; absent where the user wants none of these. */
struct setting settings_endpoint_url(const struct settings *settings, text service_id);
/* The profile's "services" when there is no such section, which would have told of a URL. */
struct setting settings_lost_services(const struct settings *settings);

/* "true" or "false" in either case; otherwise fallback. */
bool setting_is_true(struct setting setting, bool fallback);

/* The profile was chosen by the program, which then wants no credentials from the environment. */
bool settings_profile_is_given(const struct settings *settings);
text settings_profile_name(const struct settings *settings);
const struct profiles *settings_profiles(const struct settings *settings);
const char *settings_home(const struct settings *settings);             /* NULL: unknown */
const char *settings_config_path(const struct settings *settings);      /* NULL: no home */
const char *settings_credentials_path(const struct settings *settings); /* NULL: no home */

#include "choice.h"
#include "defaults.h"

#endif
