/* A container's role, by the agent of ECS or of EKS Pod Identity. */
#include "chain.h"

#include <errno.h>

enum { CONTAINER_TIMEOUT_MS = 2000 };

static const char what[] = "the container's credentials";

static void has_credentials(struct fetch *fetch)
{
    chain_have_fetched(chain_of(fetch), what);
}

void container_begin(struct chain *chain)
{
    const struct plan_container *container = &chain->plan->container;
    text token = container->token;
    if (container->token_file) {
        token = token_file_read(container->token_file, &chain->work);
        if (!token.data) {
            chain_fail(
                chain, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: %.150s: %s", container->token_file,
                strerror(errno));
            return;
        }
    }
    if (!chain_begin_near(chain, TEXT("GET"), container->url) ||
        !chain_add(chain, TEXT("accept"), TEXT("application/json")))
        return;
    if (token.size && !chain_add(chain, TEXT("authorization"), token))
        return;
    chain->fetch.timeout_ms = CONTAINER_TIMEOUT_MS;
    chain_send(chain, has_credentials);
}
