/*
 * endpoints: where a call goes and how it is signed there: AWS's endpoint rule sets and partitions.
 *
 * A rule set is checked and compiled when a client is made; resolving then walks the compiled tree
 * and takes memory from the call's arena only. Knows nothing of connections, requests or
 * configuration files: a caller fills the parameters (by slot) from its client's settings and, with
 * an endpoint_binding, from the operation's input. S3's addressing styles, access
 * points and custom endpoints are all in S3's own rule set; nothing here knows S3.
 *
 *   struct endpoint_rules *rules = endpoint_rules_new(rule_set_json, partitions, &arena, &error);
 *   struct endpoint_values values;
 *   endpoint_values_init(&values, rules);                        // the defaults
 *   int region = endpoint_rules_built_in(rules, TEXT("AWS::Region"));
 *   endpoint_value_set_string(&values, region, TEXT("eu-west-1")); // slot -1: nothing happens
 *   struct endpoint endpoint;
 *   status = endpoint_resolve(rules, &values, &call_arena, &endpoint, &error);
 *
 * Everything here is read-only once made, but for the memo.
 */
#ifndef ENDPOINTS_ENDPOINTS_H
#define ENDPOINTS_ENDPOINTS_H

#include "base/base.h"
#include "formats/formats.h"

enum {
    ENDPOINT_MAX_PARAMETERS = 32, /* of one rule set */
    ENDPOINT_MAX_VARIABLES = 32,  /* assigned along one path through the rules */
    ENDPOINT_MAX_DEPTH = 64,      /* trees within trees, functions within functions */
};

/* ---- Partitions ------------------------------------------------------------------------------ */

struct endpoint_partition {
    text name; /* "aws-cn" */
    text dns_suffix, dual_stack_dns_suffix;
    text implicit_global_region;
    bool supports_fips, supports_dual_stack;
};

struct endpoint_partitions;

/* From a partitions.json, which need not be kept. NULL with *error: INIA_BAD_CONFIG, one line. */
MUST_USE struct endpoint_partitions *endpoint_partitions_new(
    const struct json_value *document, struct arena *arena, inia_error *error);

/* The region's own, else the one whose pattern fits, else "aws"; never NULL. */
const struct endpoint_partition *endpoint_partitions_find(
    const struct endpoint_partitions *partitions, text region);

/* ---- Parameters ------------------------------------------------------------------------------ */

enum endpoint_kind { ENDPOINT_UNSET, ENDPOINT_STRING, ENDPOINT_BOOLEAN, ENDPOINT_STRING_LIST };

struct endpoint_value {
    unsigned kind; /* enum endpoint_kind; the rules have more kinds for their own variables */
    union {
        text string;
        bool boolean;
        struct {
            const text *items;
            size_t count;
        } list;
        const void *record; /* the rules' own */
    };
};

/* One value for each parameter of a rule set, by slot. Points to memory of the caller's. Slots may
 * be read; they are written by the functions below only, which keep the masks. */
struct endpoint_values {
    uint32_t set, is_true, is_false, is_list; /* a bit for each slot */
    struct endpoint_value slots[ENDPOINT_MAX_PARAMETERS];
};

struct endpoint_parameter {
    text name;     /* "UseFIPS" */
    text built_in; /* "AWS::UseFIPS"; absent if it is none */
    enum endpoint_kind kind;
    bool required;
    bool used;                     /* some rule looks at it: S3's Key, for one, is not used */
    struct endpoint_value initial; /* its default; ENDPOINT_UNSET if there is none */
};

struct endpoint_rules;

/* From an endpoint-rule-set-1.json, which need not be kept; partitions and arena must stay. Types
 * are checked as strictly as Smithy does. NULL with *error: INIA_BAD_CONFIG, one line with the
 * place. */
MUST_USE struct endpoint_rules *endpoint_rules_new(
    const struct json_value *rule_set, const struct endpoint_partitions *partitions,
    struct arena *arena, inia_error *error);

/* The rule set of a service that came without one: an endpoint_url, or the prefix, the region and
 * its partition's suffix. For endpoint_rules_new(). NULL with *error: INIA_BAD_CONFIG where the
 * prefix is no host name, INIA_NO_MEMORY. */
MUST_USE const struct json_value *endpoint_standard_rules(
    text prefix, struct json_parser *parser, struct arena *arena, inia_error *error);

/* By slot, in the order of the rule set; *count gets how many. */
const struct endpoint_parameter *endpoint_rules_parameters(
    const struct endpoint_rules *rules, size_t *count);

/* The slot of a parameter by its name or by its built-in's name; -1: the rules have no such. */
int endpoint_rules_parameter(const struct endpoint_rules *rules, text name);
int endpoint_rules_built_in(const struct endpoint_rules *rules, text built_in);

/* All parameters at their defaults. */
void endpoint_values_init(struct endpoint_values *values, const struct endpoint_rules *rules);
/* Only the slots that the rules have: cheaper than assigning the whole. */
void endpoint_values_copy(
    struct endpoint_values *to, const struct endpoint_values *from,
    const struct endpoint_rules *rules);

static inline void endpoint_value_set(
    struct endpoint_values *values, int slot, struct endpoint_value value)
{
    if (slot < 0)
        return;
    uint32_t bit = 1U << slot, is_boolean = value.kind == ENDPOINT_BOOLEAN ? bit : 0;
    uint32_t is_true = is_boolean && value.boolean ? bit : 0;
    values->set = (values->set & ~bit) | (value.kind != ENDPOINT_UNSET ? bit : 0);
    values->is_true = (values->is_true & ~bit) | is_true;
    values->is_false = (values->is_false & ~bit) | (is_boolean & ~is_true);
    values->is_list = (values->is_list & ~bit) | (value.kind == ENDPOINT_STRING_LIST ? bit : 0);
    values->slots[slot] = value;
}

static inline void endpoint_value_set_string(struct endpoint_values *values, int slot, text string)
{
    endpoint_value_set(
        values, slot, (struct endpoint_value){.kind = ENDPOINT_STRING, .string = string});
}

static inline void endpoint_value_set_boolean(
    struct endpoint_values *values, int slot, bool boolean)
{
    endpoint_value_set(
        values, slot, (struct endpoint_value){.kind = ENDPOINT_BOOLEAN, .boolean = boolean});
}

static inline void endpoint_value_set_list(
    struct endpoint_values *values, int slot, const text *items, size_t count)
{
    struct endpoint_value value = {.kind = ENDPOINT_STRING_LIST, .list = {items, count}};
    endpoint_value_set(values, slot, value);
}

/* ---- What a client gives its rules ----------------------------------------------------------- */

enum endpoint_addressing { ENDPOINT_ADDRESSING_AUTO, ENDPOINT_PATH_STYLE, ENDPOINT_VIRTUAL_HOST };
enum endpoint_choice { ENDPOINT_UNDECIDED, ENDPOINT_YES, ENDPOINT_NO };

/* All zero is the default. What a service's rules have no parameter for is of no consequence. */
struct endpoint_settings {
    text region;           /* "fips-X" and "X-fips" mean X with fips; absent: left unset */
    text endpoint_url;     /* absent: the rules' own */
    bool fips, dual_stack; /* not at an endpoint_url */
    text account_id, account_id_mode; /* "preferred", "disabled", "required" */
    bool sts_global;                  /* sts_regional_endpoints = legacy */
    struct {
        enum endpoint_addressing addressing; /* AUTO: by path at an endpoint_url, else by host */
        enum endpoint_choice use_arn_region;
        bool accelerate;
        bool dual_stack;         /* use_dualstack_endpoint of the s3 section */
        bool us_east_1_global;   /* us_east_1_regional_endpoint = legacy */
        bool us_east_1_regional; /* = regional: for presigned URLs too */
        bool disable_multi_region_access_points;
        bool disable_express_session_auth;
    } s3;
};

/* Over the defaults in values, as botocore reads such settings. */
void endpoint_settings_apply(
    const struct endpoint_settings *settings, const struct endpoint_rules *rules,
    struct endpoint_values *values);

/* After an operation's values are in: an access point's ARN as bucket is never addressed by path,
 * whatever the client's style (botocore's choice; the rules would refuse it). */
void endpoint_values_relax_path_style(
    struct endpoint_values *values, const struct endpoint_rules *rules);

/* GetBucketLocation is for those who do not know the bucket's region: by path, which is answered
 * anywhere (botocore's choice). */
void endpoint_values_force_path_style(
    struct endpoint_values *values, const struct endpoint_rules *rules);

/*
 * Presigned URLs of S3 are those of its global endpoint, "bucket.s3.amazonaws.com", signed for the
 * client's region, wherever nothing speaks against it (botocore's choice): neither the client's
 * settings, nor, in the second function, this call's bucket. That one returns whether it has made
 * the values so.
 */
bool endpoint_settings_allow_global(
    const struct endpoint_settings *settings, const struct endpoint_rules *rules);
bool endpoint_values_go_global(struct endpoint_values *values, const struct endpoint_rules *rules);

/* ---- What an operation gives its rules ------------------------------------------------------- */

struct model_operation;
struct endpoint_binding;

/*
 * How an operation's own values (static ones, members of its input, paths into it) fill the rules'
 * parameters; made once per operation. The operation must stay. NULL with *error: INIA_BAD_CONFIG
 * or INIA_NO_MEMORY.
 */
MUST_USE struct endpoint_binding *endpoint_binding_new(
    const struct endpoint_rules *rules, const struct model_operation *operation,
    struct arena *arena, inia_error *error);

/*
 * For one call: over the client's values, which the caller has copied into values. input is the
 * parameters as a JSON object (NULL: none) and must stay as long as values. false: no memory.
 */
MUST_USE bool endpoint_binding_fill(
    const struct endpoint_binding *binding, const struct json_value *input, struct arena *arena,
    struct endpoint_values *values);

/* ---- Resolving ------------------------------------------------------------------------------- */

struct endpoint_header {
    text name;
    const text *values;
    size_t count;
};

/* One of the ways to sign, the best first. What the rules leave out is absent, or false. */
struct endpoint_auth_scheme {
    text name; /* "sigv4", "sigv4a", "sigv4-s3express" ... */
    text signing_name;
    text signing_region;
    const text *signing_regions; /* signingRegionSet */
    size_t signing_region_count;
    bool disable_double_encoding;
    bool disable_normalize_path;
};

struct endpoint_property {
    text name;
    const struct json_value *value; /* its templates filled in */
};

struct endpoint {
    text url; /* scheme, authority, path; no query */
    const struct endpoint_header *headers;
    size_t header_count;
    const struct endpoint_auth_scheme *auth_schemes;
    size_t auth_scheme_count;
    text backend;                               /* "S3Express"; mostly absent */
    const struct endpoint_property *properties; /* what is neither authSchemes nor backend */
    size_t property_count;
    text refusal; /* INIA_BAD_REQUEST: the rules' own words, whole; else absent */
};

/*
 * INIA_OK with *endpoint, whose texts live in arena, in the rules, or in what values point to.
 * INIA_BAD_REQUEST: the rules refuse these values, or a required one is missing, in *error's and
 * (whole) in endpoint->refusal's words. INIA_NO_MEMORY. error may be NULL.
 */
MUST_USE inia_status endpoint_resolve(
    const struct endpoint_rules *rules, const struct endpoint_values *values, struct arena *arena,
    struct endpoint *endpoint, inia_error *error);

/* A copy that depends on nothing but arena and the rules. false: no memory. */
MUST_USE bool endpoint_copy(struct endpoint *to, const struct endpoint *from, struct arena *arena);

/*
 * The last answer, kept with the values it was for: most calls of a client go where the one before
 * went. Only parameters that the rules look at count. One per client and thread.
 */
struct endpoint_memo {
    uint64_t hits, misses;              /* since the start; the rest is the memo's own */
    const struct endpoint_rules *rules; /* NULL: empty */
    struct endpoint_values values;
    struct endpoint_block *block;
    struct arena arena;
};

void endpoint_memo_init(struct endpoint_memo *memo, struct slab *blocks);
void endpoint_memo_release(struct endpoint_memo *memo);

/* As endpoint_resolve(); the texts live in arena or in the rules, never in the memo. */
MUST_USE inia_status endpoint_memo_resolve(
    struct endpoint_memo *memo, const struct endpoint_rules *rules,
    const struct endpoint_values *values, struct arena *arena, struct endpoint *endpoint,
    inia_error *error);

#endif
