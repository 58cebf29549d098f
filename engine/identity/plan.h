/*
 * plan: where credentials are to come from, as the settings say, worked out once: a base, and the
 * roles to assume from there, one after the other. Looks in the order in which botocore does
 * (create_credential_resolver):
 *
 *   environment                  unless the program named a profile
 *   the profile's role_arn       with source_profile or credential_source, and chains of them
 *   web identity                 AWS_WEB_IDENTITY_TOKEN_FILE, or the profile's
 *   SSO                          sso_account_id and sso_role_name
 *   keys                         aws_access_key_id
 *   login                        login_session
 *   process                      credential_process
 *   container                    AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI
 *   IMDS                         the instance's metadata, if nothing else
 *
 * A plan holds copies of all it needs; nothing is fetched here.
 */
#ifndef IDENTITY_PLAN_H
#define IDENTITY_PLAN_H

#include "identity.h"

enum { PLAN_ROLES_MOST = 8 }; /* in a chain of source profiles */

enum plan_base {
    PLAN_NOTHING,
    PLAN_KEYS, /* known already */
    PLAN_WEB_IDENTITY,
    PLAN_SSO,
    PLAN_LOGIN,
    PLAN_PROCESS,
    PLAN_CONTAINER,
    PLAN_IMDS,
};

/* Where one of AWS's own services is asked, and for which region. */
struct plan_service {
    text url; /* scheme, authority and path; no / at its end */
    text signing_region;
};

struct plan_role {
    text arn;
    text session_name; /* absent: one is made up */
    text external_id, mfa_serial, duration_s;
};

struct plan_keys {
    struct secret secret_key;
    text access_key_id, session_token, account_id;
    int64_t expires_s;
};

struct plan_sso {
    text session; /* of the sso-session section; absent: the old way, by start_url */
    text start_url, region, role_name, account_id;
    const char *cache_file;
    bool token_only;                  /* the token itself is wanted, not a role's credentials */
    struct plan_service portal, oidc; /* oidc: to refresh the token; only with a session */
};

struct plan_login {
    text session;
    const char *cache_file;
    struct plan_service signin;
};

struct plan_container {
    text url;
    text token;             /* for the Authorization header; absent: none */
    const char *token_file; /* instead, read each time; NULL: none */
};

struct plan_imds {
    text url; /* no / at its end */
    bool second_version_only;
    uint32_t timeout_ms, attempts;
};

struct plan {
    enum plan_base base;
    const char *origin; /* for a person: "environment", "profile dev", "sso of profile dev" */
    const char *note;   /* goes before what is said of a failure; "" mostly */
    struct plan_keys keys;
    struct plan_role web_identity; /* with token_file */
    const char *token_file;
    struct plan_sso sso;
    struct plan_login login;
    text process;    /* the command line */
    text account_id; /* of the profile, where the source does not say */
    struct plan_container container;
    struct plan_imds imds;
    size_t role_count;
    struct plan_role roles[PLAN_ROLES_MOST]; /* in the order in which they are assumed */
    struct plan_service sts;                 /* if there is a role, or a web identity */
};

struct plan_config {
    const struct settings *settings;
    text region; /* of the client: STS is asked there; absent: us-east-1 */
    struct json_parser *json;
};

/*
 * INIA_OK: base may be PLAN_NOTHING, with why in error->detail. INIA_BAD_CONFIG: the settings
 * contradict themselves or leave out what is needed; one line with file and line where there is
 * one. INIA_NO_MEMORY. Texts live in arena; settings need not stay. plan is to be wiped when done.
 */
inia_status plan_make(
    struct plan *plan, const struct plan_config *config, struct arena *arena,
    inia_error *error) MUST_USE;

/* The part of it that a profile says, PLAN_NOTHING if that is nothing: for one named profile. */
inia_status plan_of_profile(
    struct plan *plan, const struct plan_config *config, text profile, struct arena *arena,
    inia_error *error) MUST_USE;

/* Whether both fetch the same. Not if a code of an MFA device is wanted, which is a person's. */
bool plan_equals(const struct plan *plan, const struct plan *other);

/* For services that want a bearer token: that of the profile's sso-session. PLAN_NOTHING: it has
 * none. */
inia_status plan_of_token(
    struct plan *plan, const struct plan_config *config, text profile, struct arena *arena,
    inia_error *error) MUST_USE;

/* plan_address.c: where metadata services are. false with error: the setting is no URL. */
bool plan_allows_imds(const struct settings *settings);
bool plan_find_imds(
    struct plan_imds *imds, const struct settings *settings, struct arena *arena,
    inia_error *error) MUST_USE;
bool plan_find_container(
    struct plan_container *container, const struct settings *settings, struct arena *arena,
    inia_error *error) MUST_USE;

/* plan_sso.c: what a profile says of SSO, or of a login; plan->base stays if that is nothing. */
inia_status plan_find_sso(
    struct plan *plan, const struct plan_config *config, const struct profile_section *section,
    text name, struct arena *arena, inia_error *error) MUST_USE;
inia_status plan_find_login(
    struct plan *plan, const struct plan_config *config, const struct profile_section *section,
    text name, struct arena *arena, inia_error *error) MUST_USE;

/* plan_service.c: by the service's own rules, the settings' endpoint URL first. model: "sts". */
bool plan_find_service(
    struct plan_service *service, const struct plan_config *config, text model, text service_id,
    text region, struct arena *arena, inia_error *error) MUST_USE;

#endif
