#include "plan.h"

#include "formats/formats.h"

#include <stdarg.h>
#include <stdio.h>

struct planning {
    struct plan *plan;
    const struct plan_config *config;
    struct arena *arena;
    inia_error *error;
    text visited[PLAN_ROLES_MOST + 1]; /* profiles, on the way to the base */
    size_t visited_count;
};

static inia_status no_memory(struct planning *planning)
{
    return error_set(planning->error, INIA_NO_MEMORY, "no memory for the credentials");
}

__attribute__((format(printf, 2, 3))) static inia_status refuse(
    struct planning *planning, const char *format, ...)
{
    char line[sizeof planning->error->detail];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    return error_set(planning->error, INIA_BAD_CONFIG, "%s", line);
}

static const struct profile_section *find_profile(const struct planning *planning, text name)
{
    return profiles_find(settings_profiles(planning->config->settings), SECTION_PROFILE, name);
}

static const struct profile_setting *find(const struct profile_section *section, const char *name)
{
    const struct profile_setting *setting = profile_setting_find(section, text_of(name));
    return setting && setting->value.size ? setting : NULL;
}

static text value_of(const struct profile_section *section, const char *name)
{
    const struct profile_setting *setting = find(section, name);
    return setting ? setting->value : (text){NULL, 0};
}

static text variable(const struct planning *planning, const char *name)
{
    return text_trim(settings_variable(planning->config->settings, name).value);
}

/* An absent text stays absent. */
static bool keep(struct planning *planning, text *copy, text original)
{
    *copy = original.size ? arena_copy(planning->arena, original) : (text){NULL, 0};
    return !original.size || copy->data;
}

static bool name_origin(struct planning *planning, const char *what, text profile)
{
    struct buffer origin;
    buffer_init(&origin, planning->arena);
    buffer_add(&origin, text_of(what));
    buffer_add(&origin, profile);
    planning->plan->origin = buffer_string(&origin);
    return planning->plan->origin != NULL;
}

/* ---- Keys ------------------------------------------------------------------------------------ */

static inia_status plan_keys(
    struct planning *planning, text id, text secret, text token, text account, text expiry)
{
    struct plan_keys *keys = &planning->plan->keys;
    struct date expires;
    if (!secret_set(&keys->secret_key, secret))
        return refuse(planning, "the secret access key is too long to be one");
    keys->expires_s = date_parse_iso8601(expiry, &expires) ? expires.seconds : 0;
    planning->plan->base = PLAN_KEYS;
    bool kept = keep(planning, &keys->access_key_id, id) &&
                keep(planning, &keys->session_token, token) &&
                keep(planning, &keys->account_id, account);
    return kept ? INIA_OK : no_memory(planning);
}

static inia_status plan_environment(struct planning *planning)
{
    text id = variable(planning, "AWS_ACCESS_KEY_ID");
    text secret = variable(planning, "AWS_SECRET_ACCESS_KEY");
    if (!id.size) /* a secret alone is not looked at: so it is in botocore */
        return INIA_OK;
    if (!secret.size)
        return refuse(planning, "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not");
    text token = variable(planning, "AWS_SESSION_TOKEN");
    if (!token.size)
        token = variable(planning, "AWS_SECURITY_TOKEN");
    planning->plan->origin = "environment";
    return plan_keys(
        planning, id, secret, token, variable(planning, "AWS_ACCOUNT_ID"),
        variable(planning, "AWS_CREDENTIAL_EXPIRATION"));
}

/* Those of ~/.aws/credentials go before login and process, those of ~/.aws/config after them. */
static bool has_keys(
    const struct planning *planning, const struct profile_section *section,
    bool of_credentials_file)
{
    const struct profile_setting *id = find(section, "aws_access_key_id");
    if (!id)
        id = find(section, "aws_secret_access_key");
    const char *path = settings_credentials_path(planning->config->settings);
    return id && (path && strcmp(id->file, path) == 0) == of_credentials_file;
}

static inia_status plan_profile_keys(
    struct planning *planning, const struct profile_section *section)
{
    const struct profile_setting *id = find(section, "aws_access_key_id");
    const struct profile_setting *secret = find(section, "aws_secret_access_key");
    if (!id || !secret)
        return refuse(
            planning, "%.150s:%u: %s is set, but %s is not", id ? id->file : secret->file,
            id ? id->line : secret->line, id ? "aws_access_key_id" : "aws_secret_access_key",
            id ? "aws_secret_access_key" : "aws_access_key_id");
    text token = value_of(section, "aws_session_token");
    if (!token.size)
        token = value_of(section, "aws_security_token");
    if (!name_origin(planning, "profile ", section->name))
        return no_memory(planning);
    return plan_keys(
        planning, id->value, secret->value, token, value_of(section, "aws_account_id"),
        (text){NULL, 0});
}

/* ---- Roles ----------------------------------------------------------------------------------- */

static inia_status plan_sts(struct planning *planning)
{
    struct plan *plan = planning->plan;
    if (plan->sts.url.size)
        return INIA_OK;
    bool found = plan_find_service(
        &plan->sts, planning->config, TEXT("sts"), TEXT("STS"), planning->config->region,
        planning->arena, planning->error);
    return found ? INIA_OK : planning->error->status;
}

static inia_status plan_web_identity(
    struct planning *planning, const struct profile_section *section, text name, bool environment)
{
    text file = environment ? variable(planning, "AWS_WEB_IDENTITY_TOKEN_FILE") : (text){NULL, 0};
    text arn = environment ? variable(planning, "AWS_ROLE_ARN") : (text){NULL, 0};
    text session = environment ? variable(planning, "AWS_ROLE_SESSION_NAME") : (text){NULL, 0};
    bool from_environment = file.size;
    if (!file.size)
        file = value_of(section, "web_identity_token_file");
    if (!file.size)
        return INIA_OK;
    if (!arn.size)
        arn = value_of(section, "role_arn");
    if (!arn.size)
        return refuse(
            planning,
            "a web identity token file is named (%s), but no role to assume with it: "
            "set %s",
            from_environment ? "AWS_WEB_IDENTITY_TOKEN_FILE" : "web_identity_token_file",
            from_environment ? "AWS_ROLE_ARN" : "role_arn");
    if (!session.size)
        session = value_of(section, "role_session_name");
    struct plan *plan = planning->plan;
    plan->base = PLAN_WEB_IDENTITY;
    plan->token_file = arena_string(planning->arena, file);
    bool kept = plan->token_file && keep(planning, &plan->web_identity.arn, arn) &&
                keep(planning, &plan->web_identity.session_name, session) &&
                (from_environment ? name_origin(planning, "web identity", (text){NULL, 0})
                                  : name_origin(planning, "web identity of profile ", name));
    return kept ? plan_sts(planning) : no_memory(planning);
}

static inia_status add_role(struct planning *planning, const struct profile_section *section)
{
    struct plan *plan = planning->plan;
    check(plan->role_count < PLAN_ROLES_MOST);
    struct plan_role *role = &plan->roles[plan->role_count++];
    text duration = value_of(section, "duration_seconds");
    uint64_t seconds;
    if (!text_to_u64(duration, &seconds))
        duration = (text){NULL, 0};
    bool kept = keep(planning, &role->arn, value_of(section, "role_arn")) &&
                keep(planning, &role->session_name, value_of(section, "role_session_name")) &&
                keep(planning, &role->external_id, value_of(section, "external_id")) &&
                keep(planning, &role->mfa_serial, value_of(section, "mfa_serial")) &&
                keep(planning, &role->duration_s, duration);
    return kept ? plan_sts(planning) : no_memory(planning);
}

static inia_status plan_container(struct planning *planning)
{
    struct plan *plan = planning->plan;
    plan->base = PLAN_CONTAINER;
    plan->origin = "container";
    bool found = plan_find_container(
        &plan->container, planning->config->settings, planning->arena, planning->error);
    return found ? INIA_OK : planning->error->status;
}

static bool has_container(const struct planning *planning)
{
    return variable(planning, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI").size ||
           variable(planning, "AWS_CONTAINER_CREDENTIALS_FULL_URI").size;
}

static inia_status plan_imds(struct planning *planning)
{
    struct plan *plan = planning->plan;
    if (!plan_allows_imds(planning->config->settings))
        return INIA_OK;
    plan->base = PLAN_IMDS;
    plan->origin = "IMDS";
    bool found =
        plan_find_imds(&plan->imds, planning->config->settings, planning->arena, planning->error);
    return found ? INIA_OK : planning->error->status;
}

static inia_status plan_named_source(
    struct planning *planning, const struct profile_setting *source)
{
    inia_status status;
    if (text_equals_ignoring_case(source->value, TEXT("Environment")))
        status = plan_environment(planning);
    else if (text_equals_ignoring_case(source->value, TEXT("EcsContainer")))
        status = has_container(planning) ? plan_container(planning) : INIA_OK;
    else if (text_equals_ignoring_case(source->value, TEXT("Ec2InstanceMetadata")))
        status = plan_imds(planning);
    else
        return refuse(
            planning,
            "%.120s:%u: credential_source is none of Environment, EcsContainer and "
            "Ec2InstanceMetadata",
            source->file, source->line);
    if (status == INIA_OK && planning->plan->base == PLAN_NOTHING)
        return refuse(
            planning, "%.120s:%u: credential_source %.*s has no credentials", source->file,
            source->line, TEXT_ARGS(source->value));
    return status;
}

/* ---- A profile ------------------------------------------------------------------------------- */

static bool has_role(const struct profile_section *section)
{
    return find(section, "role_arn") && !find(section, "web_identity_token_file");
}

static inia_status plan_profile(
    struct planning *planning, const struct profile_section *section, text name, bool environment);

static bool was_visited(const struct planning *planning, text profile)
{
    for (size_t i = 0; i < planning->visited_count; i++) {
        if (text_equals(planning->visited[i], profile))
            return true;
    }
    return false;
}

static bool has_any_key(const struct profile_section *section)
{
    return find(section, "aws_access_key_id") || find(section, "aws_secret_access_key");
}

static inia_status plan_role_of(
    struct planning *planning, const struct profile_section *section, text name);

static inia_status plan_source_profile(
    struct planning *planning, const struct profile_setting *source, text parent)
{
    const struct profile_section *section = find_profile(planning, source->value);
    if (!section)
        return refuse(
            planning, "%.120s:%u: there is no profile \"%.*s\"", source->file, source->line,
            source->value.size < 64 ? (int)source->value.size : 64, source->value.data);
    bool itself = text_equals(source->value, parent);
    bool again = was_visited(planning, source->value);
    if ((again && !itself) || (itself && !has_any_key(section)))
        return refuse(
            planning, "%.120s:%u: the source profiles form a circle", source->file, source->line);
    if (planning->visited_count == PLAN_ROLES_MOST)
        return refuse(
            planning, "%.120s:%u: more than %d roles one after the other", source->file,
            source->line, PLAN_ROLES_MOST);
    planning->visited[planning->visited_count++] = source->value;
    if (has_role(section) && !has_any_key(section))
        return plan_role_of(planning, section, source->value);
    inia_status status = plan_profile(planning, section, source->value, false);
    if (status == INIA_OK && planning->plan->base == PLAN_NOTHING)
        return refuse(
            planning, "%.120s:%u: the source profile has no credentials", source->file,
            source->line);
    return status;
}

static inia_status plan_role_of(
    struct planning *planning, const struct profile_section *section, text name)
{
    const struct profile_setting *arn = find(section, "role_arn");
    const struct profile_setting *profile = find(section, "source_profile");
    const struct profile_setting *source = find(section, "credential_source");
    if (profile && source)
        return refuse(
            planning, "%.120s:%u: source_profile and credential_source cannot both be set",
            profile->file, profile->line);
    if (!profile && !source)
        return refuse(
            planning, "%.120s:%u: role_arn needs a source_profile or a credential_source",
            arn->file, arn->line);
    inia_status status = profile ? plan_source_profile(planning, profile, name)
                                 : plan_named_source(planning, source);
    return status == INIA_OK ? add_role(planning, section) : status;
}

static inia_status plan_process(
    struct planning *planning, const struct profile_section *section, text name)
{
    struct plan *plan = planning->plan;
    plan->base = PLAN_PROCESS;
    bool kept = keep(planning, &plan->process, value_of(section, "credential_process")) &&
                keep(planning, &plan->account_id, value_of(section, "aws_account_id")) &&
                name_origin(planning, "process of profile ", name);
    return kept ? INIA_OK : no_memory(planning);
}

/* What one profile says, but for role_arn with a source. */
static inia_status plan_profile(
    struct planning *planning, const struct profile_section *section, text name, bool environment)
{
    struct plan *plan = planning->plan;
    inia_status status = plan_web_identity(planning, section, name, environment);
    if (status == INIA_OK && plan->base == PLAN_NOTHING)
        status =
            plan_find_sso(plan, planning->config, section, name, planning->arena, planning->error);
    if (status != INIA_OK || plan->base != PLAN_NOTHING)
        return status;
    if (has_keys(planning, section, true))
        return plan_profile_keys(planning, section);
    if (find(section, "login_session"))
        return plan_find_login(
            plan, planning->config, section, name, planning->arena, planning->error);
    if (find(section, "credential_process"))
        return plan_process(planning, section, name);
    return has_keys(planning, section, false) ? plan_profile_keys(planning, section) : INIA_OK;
}

static inia_status plan_named_profile(struct planning *planning, text name, bool environment)
{
    const struct profile_section *section = find_profile(planning, name);
    planning->visited[planning->visited_count++] = name;
    if (section && has_role(section))
        return plan_role_of(planning, section, name);
    return plan_profile(planning, section, name, environment);
}

/* ---- All of it ------------------------------------------------------------------------------- */

inia_status plan_of_profile(
    struct plan *plan, const struct plan_config *config, text profile, struct arena *arena,
    inia_error *error)
{
    *plan = (struct plan){.origin = "", .note = ""};
    struct planning planning = {.plan = plan, .config = config, .arena = arena, .error = error};
    return plan_named_profile(&planning, profile, false);
}

/* What was looked at in vain, for whoever is told that the last resort failed too. */
static bool note_misses(struct planning *planning, text profile)
{
    struct buffer note;
    buffer_init(&note, planning->arena);
    buffer_add_format(
        &note, "AWS_ACCESS_KEY_ID is not set, profile \"%.*s\" says nothing of credentials, ",
        profile.size < 64 ? (int)profile.size : 64, profile.data);
    planning->plan->note = buffer_string(&note);
    return planning->plan->note != NULL;
}

static inia_status plan_rest(struct planning *planning, text profile)
{
    if (has_container(planning))
        return plan_container(planning);
    if (!note_misses(planning, profile))
        return no_memory(planning);
    inia_status status = plan_imds(planning);
    if (status == INIA_OK && planning->plan->base == PLAN_NOTHING)
        (void)error_set(
            planning->error, INIA_OK, "%sand AWS_EC2_METADATA_DISABLED is set",
            planning->plan->note);
    return status;
}

inia_status plan_make(
    struct plan *plan, const struct plan_config *config, struct arena *arena, inia_error *error)
{
    *plan = (struct plan){.origin = "", .note = ""};
    struct planning planning = {.plan = plan, .config = config, .arena = arena, .error = error};
    bool environment = !settings_profile_is_given(config->settings);
    text profile = settings_profile_name(config->settings);
    inia_status status = environment ? plan_environment(&planning) : INIA_OK;
    if (status == INIA_OK && plan->base == PLAN_NOTHING)
        status = plan_named_profile(&planning, profile, environment);
    if (status == INIA_OK && plan->base == PLAN_NOTHING)
        status = plan_rest(&planning, profile);
    return status;
}

/* ---- The same? ------------------------------------------------------------------------------- */

static bool same_string(const char *a, const char *b)
{
    return text_equals(text_of(a), text_of(b));
}

static bool same_role(const struct plan_role *a, const struct plan_role *b)
{
    return text_equals(a->arn, b->arn) && text_equals(a->session_name, b->session_name) &&
           text_equals(a->external_id, b->external_id) &&
           text_equals(a->duration_s, b->duration_s) && !a->mfa_serial.size && !b->mfa_serial.size;
}

static bool same_keys(const struct plan_keys *a, const struct plan_keys *b)
{
    return text_equals(a->access_key_id, b->access_key_id) &&
           text_equals(a->session_token, b->session_token) &&
           secret_equals(secret_text(&a->secret_key), secret_text(&b->secret_key));
}

static bool same_sso(const struct plan_sso *a, const struct plan_sso *b)
{
    return same_string(a->cache_file, b->cache_file) && text_equals(a->role_name, b->role_name) &&
           text_equals(a->account_id, b->account_id) && text_equals(a->portal.url, b->portal.url);
}

static bool same_container(const struct plan_container *a, const struct plan_container *b)
{
    return text_equals(a->url, b->url) && text_equals(a->token, b->token) &&
           same_string(a->token_file, b->token_file);
}

static bool same_imds(const struct plan_imds *a, const struct plan_imds *b)
{
    return text_equals(a->url, b->url) && a->second_version_only == b->second_version_only &&
           a->timeout_ms == b->timeout_ms && a->attempts == b->attempts;
}

bool plan_equals(const struct plan *plan, const struct plan *other)
{
    bool same = plan->base == other->base && same_keys(&plan->keys, &other->keys) &&
                same_role(&plan->web_identity, &other->web_identity) &&
                same_string(plan->token_file, other->token_file) &&
                same_sso(&plan->sso, &other->sso) &&
                same_string(plan->login.cache_file, other->login.cache_file) &&
                text_equals(plan->process, other->process) &&
                same_container(&plan->container, &other->container) &&
                same_imds(&plan->imds, &other->imds) &&
                text_equals(plan->sts.url, other->sts.url) && plan->role_count == other->role_count;
    for (size_t i = 0; same && i < plan->role_count; i++)
        same = same_role(&plan->roles[i], &other->roles[i]);
    return same;
}
