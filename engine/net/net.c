#include "net.h"

#include "carrier.h"
#include "opening.h"
#include "state.h"
#include "tls_session.h"

enum { OPENINGS_CHUNK = 8, SESSIONS_CHUNK = 8, CARRIERS_CHUNK = 4 };

struct net *net_new(const struct net_config *config, inia_error *error)
{
    struct net *net = budget_alloc(config->memory, sizeof *net);
    if (!net) {
        error_set(error, INIA_NO_MEMORY, "no memory for the network");
        return NULL;
    }
    if (wolfSSL_Init() != WOLFSSL_SUCCESS) {
        budget_free(config->memory, net, sizeof *net);
        error_set(error, INIA_NO_MEMORY, "wolfSSL cannot be initialized");
        return NULL;
    }
    memset(net, 0, sizeof *net);
    net->ring = config->ring;
    net->memory = config->memory;
    net->log = config->log ? config->log : &net->silent;
    names_init(
        &net->names, net->ring, net->memory, config->name_servers, &net->counters.lookups,
        &net->counters.lookup_failures);
    net->names.first_turn = (uint32_t)config->seed;
    parcels_init(&net->parcels, net->memory);
    slab_init(&net->openings, net->memory, sizeof(struct net_opening), OPENINGS_CHUNK);
    slab_init(&net->sessions, net->memory, sizeof(struct tls_session), SESSIONS_CHUNK);
    slab_init(&net->carriers, net->memory, carrier_size(), CARRIERS_CHUNK);
    resumptions_init(&net->resumptions, net->memory);
    net->gcm = gcm_engine_new();
    LOG(net->log, LOG_LEVEL_DEBUG, "TLS: AES-GCM by %s", gcm_engine_name(net->gcm));
    return net;
}

void net_free(struct net *net)
{
    if (!net)
        return;
    check(net->streams == 0 && list_is_empty(&net->trusts));
    names_release(&net->names);
    resumptions_release(&net->resumptions);
    slab_release(&net->carriers);
    slab_release(&net->sessions);
    slab_release(&net->openings);
    parcels_release(&net->parcels);
    gcm_engine_free(net->gcm);
    wolfSSL_Cleanup();
    memory_wipe(net->scratch, sizeof net->scratch);
    memory_wipe(net->gathered, sizeof net->gathered);
    budget_free(net->memory, net, sizeof *net);
}

const struct net_counters *net_counters(const struct net *net)
{
    return &net->counters;
}

bool net_pin_name(struct net *net, text host, const struct sockaddr_storage *addresses, size_t size)
{
    return names_pin(&net->names, host, addresses, size);
}
