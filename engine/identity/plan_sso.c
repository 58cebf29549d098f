#include "crypto/crypto.h"
#include "formats/formats.h"
#include "plan.h"
#include "token_file.h"

static inia_status no_memory(inia_error *error)
{
    return error_set(error, INIA_NO_MEMORY, "no memory for the credentials");
}

static bool keep(struct arena *arena, text *copy, text original)
{
    *copy = original.size ? arena_copy(arena, original) : (text){NULL, 0};
    return !original.size || copy->data;
}

static text value_of(const struct profile_section *section, const char *name)
{
    const struct profile_setting *setting = profile_setting_find(section, text_of(name));
    return setting ? setting->value : (text){NULL, 0};
}

static const char *name_origin(struct arena *arena, const char *what, text profile)
{
    struct buffer origin;
    buffer_init(&origin, arena);
    buffer_add(&origin, text_of(what));
    buffer_add(&origin, profile);
    return buffer_string(&origin);
}

/* folder/HEX.json in arena; NULL: no memory, or no home. */
static const char *cache_file(text home, const char *folder, text digest, struct arena *arena)
{
    struct buffer path;
    buffer_init(&path, arena);
    buffer_add(&path, home);
    buffer_add(&path, text_of(folder));
    buffer_add_char(&path, '/');
    buffer_add_hex(&path, digest);
    buffer_add(&path, TEXT(".json"));
    return buffer_string(&path);
}

/* ---- SSO ------------------------------------------------------------------------------------- */

/* A setting of the session's section, which the profile must not contradict. */
static bool settle(
    const struct profile_section *session, const struct profile_section *profile, const char *name,
    text *value, inia_error *error)
{
    text own = value_of(profile, name), of_session = value_of(session, name);
    if (own.size && of_session.size && !text_equals(own, of_session)) {
        (void)error_set(
            error, INIA_BAD_CONFIG, "%s of profile \"%.*s\" and of its sso-session differ", name,
            profile->name.size < 64 ? (int)profile->name.size : 64, profile->name.data);
        return false;
    }
    *value = of_session.size ? of_session : own;
    return true;
}

static inia_status find_sso_services(
    struct plan_sso *sso, const struct plan_config *config, struct arena *arena, inia_error *error)
{
    if (!sso->token_only &&
        !plan_find_service(
            &sso->portal, config, TEXT("sso"), TEXT("SSO"), sso->region, arena, error))
        return error->status;
    if (sso->session.size &&
        !plan_find_service(
            &sso->oidc, config, TEXT("sso-oidc"), TEXT("SSO OIDC"), sso->region, arena, error))
        return error->status;
    return INIA_OK;
}

static inia_status keep_sso(
    struct plan_sso *sso, const struct plan_config *config, struct arena *arena, inia_error *error)
{
    text home = text_of(settings_home(config->settings));
    if (!home.size)
        return error_set(error, INIA_BAD_CONFIG, "SSO: HOME is not set: where is the token?");
    unsigned char digest[SHA1_SIZE];
    sha1_once(digest, sso->session.size ? sso->session : sso->start_url);
    sso->cache_file = cache_file(home, "/.aws/sso/cache", text_from(digest, sizeof digest), arena);
    bool kept = sso->cache_file && keep(arena, &sso->session, sso->session) &&
                keep(arena, &sso->start_url, sso->start_url) &&
                keep(arena, &sso->region, sso->region) &&
                keep(arena, &sso->role_name, sso->role_name) &&
                keep(arena, &sso->account_id, sso->account_id);
    return kept ? find_sso_services(sso, config, arena, error) : no_memory(error);
}

static inia_status refuse_lost_session(const struct profile_section *section, inia_error *error)
{
    const struct profile_setting *said = profile_setting_find(section, TEXT("sso_session"));
    return error_set(
        error, INIA_BAD_CONFIG, "%.130s:%u: there is no [sso-session %.*s]", said->file, said->line,
        said->value.size < 64 ? (int)said->value.size : 64, said->value.data);
}

static inia_status finish_sso(
    struct plan *plan, const struct plan_config *config, const struct profile_section *section,
    text name, struct arena *arena, inia_error *error)
{
    struct plan_sso *sso = &plan->sso;
    const struct profile_section *session = NULL;
    if (sso->session.size)
        session =
            profiles_find(settings_profiles(config->settings), SECTION_SSO_SESSION, sso->session);
    if (sso->session.size && !session)
        return refuse_lost_session(section, error);
    if (!settle(session, section, "sso_start_url", &sso->start_url, error) ||
        !settle(session, section, "sso_region", &sso->region, error))
        return error->status;
    bool for_role = !sso->token_only;
    const char *missing = for_role && !sso->role_name.size    ? "sso_role_name"
                          : for_role && !sso->account_id.size ? "sso_account_id"
                          : !sso->start_url.size              ? "sso_start_url"
                          : !sso->region.size                 ? "sso_region"
                                                              : NULL;
    if (missing)
        return error_set(
            error, INIA_BAD_CONFIG, "%.130s:%u: profile \"%.*s\" is for SSO, but %s is missing",
            section->first->file, section->first->line, name.size < 64 ? (int)name.size : 64,
            name.data, missing);
    plan->base = PLAN_SSO;
    plan->origin = name_origin(arena, "SSO of profile ", name);
    return plan->origin ? keep_sso(sso, config, arena, error) : no_memory(error);
}

inia_status plan_of_token(
    struct plan *plan, const struct plan_config *config, text profile, struct arena *arena,
    inia_error *error)
{
    *plan = (struct plan){.origin = "", .note = ""};
    const struct profile_section *section =
        profiles_find(settings_profiles(config->settings), SECTION_PROFILE, profile);
    text session = value_of(section, "sso_session");
    if (!session.size)
        return INIA_OK;
    plan->sso = (struct plan_sso){.session = session, .token_only = true};
    return finish_sso(plan, config, section, profile, arena, error);
}

inia_status plan_find_sso(
    struct plan *plan, const struct plan_config *config, const struct profile_section *section,
    text name, struct arena *arena, inia_error *error)
{
    text role = value_of(section, "sso_role_name"), account = value_of(section, "sso_account_id");
    if (!role.size && !account.size)
        return INIA_OK;
    plan->sso = (struct plan_sso){
        .role_name = role, .account_id = account, .session = value_of(section, "sso_session")};
    return finish_sso(plan, config, section, name, arena, error);
}

/* ---- Login ----------------------------------------------------------------------------------- */

/* That of the session, which a login of today notes; else the profile's. */
static text find_region(
    const struct plan_login *login, const struct plan_config *config, struct arena *arena)
{
    struct json_problem problem;
    text contents = token_file_read(login->cache_file, arena);
    const struct json_value *session =
        contents.size ? json_parse(config->json, contents, arena, &problem) : NULL;
    text region = json_text(json_member(session, TEXT("signInRegion")));
    return region.size ? region : config->region;
}

static bool find_signin(
    struct plan_login *login, const struct plan_config *config, struct arena *arena,
    inia_error *error)
{
    struct arena scratch;
    arena_init(&scratch, arena->blocks);
    bool found = plan_find_service(
        &login->signin, config, TEXT("signin"), TEXT("Signin"),
        find_region(login, config, &scratch), arena, error);
    arena_wipe(&scratch);
    arena_release(&scratch);
    return found;
}

inia_status plan_find_login(
    struct plan *plan, const struct plan_config *config, const struct profile_section *section,
    text name, struct arena *arena, inia_error *error)
{
    struct plan_login *login = &plan->login;
    text folder = settings_variable(config->settings, "AWS_LOGIN_CACHE_DIRECTORY").value;
    text home = text_of(settings_home(config->settings));
    if (!folder.size && !home.size)
        return error_set(error, INIA_BAD_CONFIG, "login: HOME is not set: where is the token?");
    unsigned char digest[SHA256_SIZE];
    text session = value_of(section, "login_session");
    sha256_once(digest, session);
    text hashed = text_from(digest, sizeof digest);
    if (text_starts_with(folder, TEXT("~/")))
        folder.data++, folder.size--;
    else if (folder.size)
        home = (text){NULL, 0};
    const char *below = folder.size ? arena_string(arena, folder) : "/.aws/login/cache";
    login->cache_file = below ? cache_file(home, below, hashed, arena) : NULL;
    plan->base = PLAN_LOGIN;
    plan->origin = name_origin(arena, "login of profile ", name);
    if (!login->cache_file || !plan->origin || !keep(arena, &login->session, session))
        return no_memory(error);
    return find_signin(login, config, arena, error) ? INIA_OK : error->status;
}
