#include "auth.h"

/* What follows the # of "aws.auth#sigv4"; all of it without one. */
static text plain_name(text name)
{
    size_t hash = text_find(name, '#');
    return hash < name.size ? text_after(name, hash + 1) : name;
}

bool auth_scheme_from_name(text name, enum auth_scheme *scheme)
{
    static const struct {
        text name;
        enum auth_scheme scheme;
    } known[] = {
        {TEXT_INIT("sigv4"), AUTH_SIGV4},
        {TEXT_INIT("sigv4a"), AUTH_SIGV4A},
        {TEXT_INIT("sigv4-s3express"), AUTH_S3_EXPRESS},
        {TEXT_INIT("httpBearerAuth"), AUTH_BEARER},
        {TEXT_INIT("bearer"), AUTH_BEARER},
        {TEXT_INIT("noAuth"), AUTH_NONE},
        {TEXT_INIT("none"), AUTH_NONE},
    };
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (text_equals(plain_name(name), known[i].name)) {
            *scheme = known[i].scheme;
            return true;
        }
    }
    return false;
}

void auth_write_preference(struct buffer *out, text program, text settings, bool has_token)
{
    text wanted = program.size ? program : settings;
    if (!program.size && has_token)
        buffer_add(out, TEXT("httpBearerAuth,"));
    if (wanted.size)
        buffer_add(out, wanted);
}

static bool is_known(text name)
{
    enum auth_scheme scheme;
    return auth_scheme_from_name(name, &scheme);
}

size_t auth_choose(text preference, const text *names, size_t count)
{
    for (text rest = preference; rest.data;) {
        text wanted = text_trim(text_split(rest, ',', &rest));
        for (size_t i = 0; i < count; i++) {
            if (text_equals(plain_name(names[i]), plain_name(wanted)) && is_known(names[i]))
                return i;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (is_known(names[i]))
            return i;
    }
    return count;
}

static inia_status choose_scheme(
    text preference, const text *names, size_t count, text who, size_t *chosen, inia_error *error)
{
    *chosen = auth_choose(preference, names, count);
    if (*chosen < count)
        return INIA_OK;
    return error_set(
        error, INIA_BAD_CONFIG, "%.*s wants to be signed by %.*s, which inia cannot do",
        TEXT_ARGS(who), TEXT_ARGS(names[0]));
}

/* Of a model that has no list of schemes. */
static enum auth_scheme from_signature_version(text version)
{
    if (text_equals(version, TEXT("v2")))
        return AUTH_SIGV2;
    if (text_equals(version, TEXT("v4a")))
        return AUTH_SIGV4A;
    if (text_equals(version, TEXT("bearer")))
        return AUTH_BEARER;
    return text_equals(version, TEXT("none")) ? AUTH_NONE : AUTH_SIGV4;
}

inia_status auth_of_operation(
    const struct model_operation *operation, text preference, enum auth_scheme *scheme,
    inia_error *error)
{
    const struct model *model = operation->model;
    const text *names = operation->auth_count ? operation->auth : model->auth;
    size_t count = operation->auth_count ? operation->auth_count : model->auth_count;
    *scheme = AUTH_NONE;
    if (!operation->auth_count && text_equals(operation->auth_type, TEXT("none")))
        return INIA_OK;
    if (count == 0) {
        *scheme = from_signature_version(model->signature_version);
        return INIA_OK;
    }
    size_t chosen;
    inia_status status = choose_scheme(preference, names, count, operation->name, &chosen, error);
    if (status == INIA_OK && !auth_scheme_from_name(names[chosen], scheme))
        check(false);
    return status;
}

inia_status auth_of_endpoint(
    const struct endpoint *endpoint, text preference, const struct endpoint_auth_scheme **chosen,
    inia_error *error)
{
    text names[AUTH_SCHEMES_MOST];
    size_t count = endpoint->auth_scheme_count, index;
    if (count > AUTH_SCHEMES_MOST)
        count = AUTH_SCHEMES_MOST;
    *chosen = NULL;
    if (count == 0)
        return INIA_OK;
    for (size_t i = 0; i < count; i++)
        names[i] = endpoint->auth_schemes[i].name;
    inia_status status = choose_scheme(preference, names, count, endpoint->url, &index, error);
    if (status == INIA_OK)
        *chosen = &endpoint->auth_schemes[index];
    return status;
}

enum auth_scheme auth_combine(
    enum auth_scheme operation, const struct endpoint_auth_scheme *endpoint)
{
    enum auth_scheme scheme;
    if (!endpoint || operation == AUTH_NONE || operation == AUTH_BEARER)
        return operation;
    return auth_scheme_from_name(endpoint->name, &scheme) ? scheme : operation;
}
