/* Credentials that a program writes: credential_process. */
#include "chain.h"

static void fail(struct chain *chain, const char *what)
{
    chain_fail(chain, "credential_process: %s", what);
}

static void has_ended(struct process *process)
{
    struct chain *chain = CONTAINER_OF(process, struct chain, process);
    if (process->problem) {
        fail(chain, process->problem);
        return;
    }
    const struct json_value *document = chain_read_json(chain, process->output);
    struct identity_values values;
    if (!document)
        fail(chain, "what it wrote is no JSON object");
    else if (json_i64(json_member(document, TEXT("Version")), 0) != 1)
        fail(chain, "its Version is not 1");
    else if (chain_read_credentials(
                 chain, document, "SessionToken", "credential_process", &values)) {
        if (!values.account_id.size)
            values.account_id = chain->plan->account_id;
        chain_have(chain, &values);
    }
}

void process_begin(struct chain *chain)
{
    if (!chain->config.ring) {
        fail(chain, "programs cannot be run here");
        return;
    }
    chain->process.ended = has_ended;
    const char *wrong =
        process_start(&chain->process, chain->config.ring, &chain->work, chain->plan->process);
    if (wrong)
        fail(chain, wrong);
}
