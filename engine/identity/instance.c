#include "instance.h"

#include "imds.h"

struct instance {
    struct instance_config config;
    struct plan_imds imds;
    struct arena work;
    struct fetch fetch;
};

static void end(struct instance *instance, text region)
{
    instance->config.found(instance->config.arg, region);
}

static struct instance *instance_of(struct fetch *fetch)
{
    return CONTAINER_OF(fetch, struct instance, fetch);
}

/* With one header, unless its value is absent. */
static void ask(
    struct instance *instance, text method, text path, text name, text value,
    void (*done)(struct fetch *fetch))
{
    struct fetch *fetch = &instance->fetch;
    text url = imds_url(&instance->imds, path, (text){NULL, 0}, &instance->work);
    if (!url.data || !fetch_begin(fetch, instance->config.wire, &instance->work, method, url) ||
        (value.size && !fetch_add(fetch, name, value))) {
        end(instance, (text){NULL, 0});
        return;
    }
    fetch->timeout_ms = instance->imds.timeout_ms;
    fetch->attempts = instance->imds.attempts;
    fetch->done = done;
    fetch_send(fetch);
}

/* What is no name, such as the page of a foreign web server, is no region. */
static bool is_region(text name)
{
    for (size_t i = 0; i < name.size; i++) {
        char c = name.data[i];
        if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-')
            return false;
    }
    return name.size > 0;
}

static void has_region(struct fetch *fetch)
{
    text region = text_trim(fetch->answer);
    bool good = !fetch->problem && fetch->status == 200 && is_region(region);
    end(instance_of(fetch), good ? region : (text){NULL, 0});
}

static void has_token(struct fetch *fetch)
{
    struct instance *instance = instance_of(fetch);
    text token;
    if (imds_may_go_on(&instance->imds, fetch, &token))
        ask(instance, TEXT("GET"), TEXT("/latest/meta-data/placement/region"), IMDS_TOKEN, token,
            has_region);
    else
        end(instance, (text){NULL, 0});
}

bool instance_ask(
    struct instance **instance, const struct instance_config *config, inia_error *error)
{
    *instance = NULL;
    if (!plan_allows_imds(config->settings))
        return true;
    struct instance *made = budget_alloc(config->memory, sizeof *made);
    if (!made)
        return error_no_memory(error, "a question to IMDS");
    *made = (struct instance){.config = *config};
    arena_init(&made->work, config->arena_blocks);
    if (!plan_find_imds(&made->imds, config->settings, &made->work, error)) {
        instance_free(made);
        return false;
    }
    *instance = made;
    ask(made, TEXT("PUT"), IMDS_TOKEN_PATH, IMDS_TOKEN_LASTS, TEXT("60"), has_token);
    return true;
}

void instance_free(struct instance *instance)
{
    if (!instance)
        return;
    fetch_cancel(&instance->fetch);
    arena_wipe(&instance->work); /* of the token */
    arena_release(&instance->work);
    budget_free(instance->config.memory, instance, sizeof *instance);
}
