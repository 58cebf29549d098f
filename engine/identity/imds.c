/* IMDS: the role of the machine, by the instance's metadata service, version 2 and, where that is
 * not forbidden, version 1. */
#include "imds.h"

#include "chain.h"

static const char what[] = "IMDS";

static const text path = TEXT_INIT("/latest/meta-data/iam/security-credentials/");

text imds_url(const struct plan_imds *imds, text base, text rest, struct arena *arena)
{
    struct buffer url;
    buffer_init(&url, arena);
    buffer_add(&url, imds->url);
    buffer_add(&url, base);
    buffer_add(&url, rest);
    const char *string = buffer_string(&url);
    return string ? buffer_text(&url) : (text){NULL, 0};
}

/* Statuses of a service that knows no tokens; a silent one may be a token lost on its way back into
 * a container, one hop too far. */
static bool may_be_first_version(const struct fetch *fetch)
{
    if (fetch->problem)
        return strcmp(fetch->problem, "no answer in time") == 0;
    return fetch->status == 403 || fetch->status == 404 || fetch->status == 405;
}

bool imds_may_go_on(const struct plan_imds *imds, const struct fetch *fetch, text *token)
{
    bool good = !fetch->problem && fetch->status == 200;
    *token = good ? text_trim(fetch->answer) : (text){NULL, 0};
    return good || (!imds->second_version_only && may_be_first_version(fetch));
}

/* ---- The role's credentials ------------------------------------------------------------------ */

static bool begin(struct chain *chain, text method, text base, text rest)
{
    const struct plan_imds *imds = &chain->plan->imds;
    text url = imds_url(imds, base, rest, &chain->work);
    if (!url.data) {
        chain_fail(chain, "no memory for the credentials");
        return false;
    }
    if (!chain_begin_near(chain, method, url))
        return false;
    chain->fetch.timeout_ms = imds->timeout_ms;
    chain->fetch.attempts = imds->attempts;
    return true;
}

static void has_credentials(struct fetch *fetch)
{
    chain_have_fetched(chain_of(fetch), what);
}

static bool begin_with_token(struct chain *chain, text rest)
{
    return begin(chain, TEXT("GET"), path, rest) &&
           (!chain->token.size || chain_add(chain, IMDS_TOKEN, chain->token));
}

static void has_role(struct fetch *fetch)
{
    struct chain *chain = chain_of(fetch);
    text line, rest, name;
    line = text_trim(text_split(fetch->answer, '\n', &rest));
    if (!fetch->problem && fetch->status == 404) {
        chain_fail(chain, "%s: the instance has no role", what);
        return;
    }
    if (fetch->problem || fetch->status != 200 || !line.size) {
        chain_fail_fetch(chain, what);
        return;
    }
    struct buffer encoded;
    buffer_init(&encoded, &chain->work);
    buffer_add_percent(&encoded, line, PERCENT_UNRESERVED);
    name = buffer_text(&encoded);
    if (!buffer_ok(&encoded))
        chain_fail(chain, "no memory for the credentials");
    else if (begin_with_token(chain, name))
        chain_send(chain, has_credentials);
}

static void has_token(struct fetch *fetch)
{
    struct chain *chain = chain_of(fetch);
    if (!imds_may_go_on(&chain->plan->imds, fetch, &chain->token))
        chain_fail_fetch(chain, what);
    else if (begin_with_token(chain, (text){NULL, 0}))
        chain_send(chain, has_role);
}

void imds_begin(struct chain *chain)
{
    if (begin(chain, TEXT("PUT"), IMDS_TOKEN_PATH, (text){NULL, 0}) &&
        chain_add(chain, IMDS_TOKEN_LASTS, TEXT("21600")))
        chain_send(chain, has_token);
}
