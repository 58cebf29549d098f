#include "endpoints/endpoints.h"
#include "models/models.h"
#include "plan.h"

static const struct json_value *read_rules(
    const struct plan_config *config, text model, text name, struct arena *scratch,
    inia_error *error)
{
    text bytes;
    inia_status status =
        models_read_file(NULL, model, (text){NULL, 0}, name, scratch, &bytes, error);
    if (status != INIA_OK)
        return NULL;
    struct json_problem problem;
    struct json_value *document = json_parse(config->json, bytes, scratch, &problem);
    if (!document)
        (void)error_set(
            error, INIA_BAD_CONFIG, "%.*s/%.*s:%zu:%zu: %s", TEXT_ARGS(model), TEXT_ARGS(name),
            problem.line, problem.column, problem.what);
    return document;
}

static bool take(
    struct plan_service *service, const struct endpoint *endpoint, text region, struct arena *arena,
    inia_error *error)
{
    text signing_region = region;
    for (size_t i = 0; i < endpoint->auth_scheme_count; i++) {
        if (endpoint->auth_schemes[i].signing_region.size)
            signing_region = endpoint->auth_schemes[i].signing_region;
    }
    text url = endpoint->url;
    while (url.size && url.data[url.size - 1] == '/')
        url.size--;
    service->url = arena_copy(arena, url);
    service->signing_region = arena_copy(arena, signing_region);
    if (service->url.data && service->signing_region.data)
        return true;
    return error_no_memory(error, "the credentials");
}

static bool resolve(
    struct plan_service *service, const struct plan_config *config, text model,
    const struct endpoint_settings *wanted, struct arena *scratch, struct arena *arena,
    inia_error *error)
{
    const struct json_value *document =
        read_rules(config, (text){NULL, 0}, TEXT("partitions.json"), scratch, error);
    struct endpoint_partitions *partitions =
        document ? endpoint_partitions_new(document, scratch, error) : NULL;
    document = partitions
                   ? read_rules(config, model, TEXT("endpoint-rule-set-1.json"), scratch, error)
                   : NULL;
    struct endpoint_rules *rules =
        document ? endpoint_rules_new(document, partitions, scratch, error) : NULL;
    if (!rules)
        return false;
    struct endpoint_values values;
    endpoint_values_init(&values, rules);
    endpoint_settings_apply(wanted, rules, &values);
    struct endpoint endpoint;
    return endpoint_resolve(rules, &values, scratch, &endpoint, error) == INIA_OK &&
           take(service, &endpoint, wanted->region, arena, error);
}

bool plan_find_service(
    struct plan_service *service, const struct plan_config *config, text model, text service_id,
    text region, struct arena *arena, inia_error *error)
{
    const struct settings *settings = config->settings;
    struct endpoint_settings wanted = {
        .region = region.size ? region : TEXT("us-east-1"),
        .endpoint_url = settings_endpoint_url(settings, service_id).value,
        .fips = setting_is_true(settings_find(settings, &setting_use_fips), false),
        .dual_stack = setting_is_true(settings_find(settings, &setting_use_dual_stack), false),
    };
    struct arena scratch;
    arena_init(&scratch, arena->blocks);
    bool good = resolve(service, config, model, &wanted, &scratch, arena, error);
    arena_release(&scratch);
    return good;
}
