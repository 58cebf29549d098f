/* A container's role, by the agent of ECS or of EKS Pod Identity. */
#include "chain.h"

enum { CONTAINER_TIMEOUT_MS = 2000 };

static const char what[] = "the container's credentials";

static void has_credentials(struct fetch *fetch)
{
    chain_have_fetched(chain_of(fetch), what);
}

static void ask(struct chain *chain, text token)
{
    if (!chain_begin_near(chain, TEXT("GET"), chain->plan->container.url) ||
        !chain_add(chain, TEXT("accept"), TEXT("application/json")))
        return;
    if (token.size && !chain_add(chain, TEXT("authorization"), token))
        return;
    chain->fetch.timeout_ms = CONTAINER_TIMEOUT_MS;
    chain_send(chain, has_credentials);
}

static void has_token(struct fetch *fetch)
{
    struct chain *chain = chain_of(fetch);
    if (fetch->problem)
        chain_fail(
            chain, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: %.150s: %s", fetch->file,
            fetch->problem);
    else
        ask(chain, fetch->answer);
}

void container_begin(struct chain *chain)
{
    const struct plan_container *container = &chain->plan->container;
    if (!container->token_file) {
        ask(chain, container->token);
        return;
    }
    chain_begin_file(chain, container->token_file);
    chain_send(chain, has_token);
}
