#include "evaluate.h"

/* ---- The answer ------------------------------------------------------------------------------ */

static const text *fill_texts(struct run *run, const struct expression *const *list, size_t count)
{
    text *texts = arena_alloc(run->arena, (count + 1) * sizeof *texts);
    for (size_t i = 0; texts && i < count; i++)
        texts[i] = rules_evaluate_text(run, list[i]);
    run->no_memory |= texts == NULL;
    return texts;
}

static void fill_headers(
    struct run *run, const struct endpoint_plan *plan, struct endpoint *endpoint)
{
    struct endpoint_header *headers = arena_alloc(run->arena, plan->header_count * sizeof *headers);
    if (!headers) {
        run->no_memory = true;
        return;
    }
    for (size_t i = 0; i < plan->header_count; i++) {
        const struct header_plan *header = &plan->headers[i];
        headers[i] = (struct endpoint_header){
            header->name, fill_texts(run, header->values, header->count), header->count};
    }
    endpoint->headers = headers;
    endpoint->header_count = plan->header_count;
}

static void fill_auth_schemes(
    struct run *run, const struct endpoint_plan *plan, struct endpoint *endpoint)
{
    endpoint->auth_schemes = plan->auth_schemes;
    endpoint->auth_scheme_count = plan->auth_scheme_count;
    if (plan->auth_text_count + plan->auth_regions_count == 0)
        return;
    struct endpoint_auth_scheme *schemes =
        arena_alloc(run->arena, plan->auth_scheme_count * sizeof *schemes);
    if (!schemes) {
        run->no_memory = true;
        return;
    }
    memcpy(schemes, plan->auth_schemes, plan->auth_scheme_count * sizeof *schemes);
    for (size_t i = 0; i < plan->auth_text_count; i++) {
        const struct auth_text_plan *from = &plan->auth_texts[i];
        text filled = rules_evaluate_text(run, from->value);
        memcpy((char *)&schemes[from->scheme] + from->offset, &filled, sizeof filled);
    }
    for (size_t i = 0; i < plan->auth_regions_count; i++) {
        const struct auth_regions_plan *from = &plan->auth_regions[i];
        schemes[from->scheme].signing_regions = fill_texts(run, from->values, from->count);
    }
    endpoint->auth_schemes = schemes;
}

/* Depth was limited when the plan was made. */
static void fill_property(
    struct run *run, const struct property_plan *plan, struct json_value *value)
{
    if (plan->fixed) {
        *value = *plan->fixed;
    } else if (plan->string) {
        *value = (struct json_value){.kind = JSON_STRING};
        value->string = rules_evaluate_text(run, plan->string);
    } else {
        *value = *plan->shape;
        value->items = arena_alloc(run->arena, value->count * sizeof *value->items);
        run->no_memory |= value->items == NULL;
        for (uint32_t i = 0; value->items && i < value->count; i++)
            fill_property(run, &plan->items[i], &value->items[i]);
    }
}

static void fill_properties(
    struct run *run, const struct endpoint_plan *plan, struct endpoint *endpoint)
{
    struct endpoint_property *properties =
        arena_alloc(run->arena, plan->property_count * sizeof *properties);
    struct json_value *values = arena_alloc(run->arena, plan->property_count * sizeof *values);
    if (!properties || !values) {
        run->no_memory = true;
        return;
    }
    for (size_t i = 0; i < plan->property_count; i++) {
        fill_property(run, &plan->properties[i], &values[i]);
        properties[i] = (struct endpoint_property){plan->property_names[i], &values[i]};
    }
    endpoint->properties = properties;
    endpoint->property_count = plan->property_count;
}

static void fill_endpoint(
    struct run *run, const struct endpoint_plan *plan, struct endpoint *endpoint)
{
    endpoint->url = rules_evaluate_text(run, plan->url);
    fill_auth_schemes(run, plan, endpoint);
    if (plan->backend)
        endpoint->backend = rules_evaluate_text(run, plan->backend);
    if (plan->header_count)
        fill_headers(run, plan, endpoint);
    if (plan->property_count)
        fill_properties(run, plan, endpoint);
}

/* ---- The walk -------------------------------------------------------------------------------- */

static bool rule_applies(struct run *run, const struct rule *rule)
{
    if ((rule->needs.presence & ~run->has.presence) | (rule->needs.truth & ~run->has.truth))
        return false;
    for (size_t i = 0; i < rule->condition_count; i++) {
        if (!rules_evaluate_condition(run, &rule->conditions[i]))
            return false;
    }
    return true;
}

/* The first endpoint or error that all conditions lead to; NULL: none. A tree without an answer is
 * passed over, as botocore does. */
static const struct rule *find_answer(struct run *run, const struct rule *rules, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!rule_applies(run, &rules[i]))
            continue;
        if (rules[i].kind != RULE_TREE)
            return &rules[i];
        const struct rule *answer = find_answer(run, rules[i].rules, rules[i].rule_count);
        if (answer)
            return answer;
    }
    return NULL;
}

/* A bit for each value that is not of its parameter's kind. */
static uint32_t wrong_kinds(
    const struct endpoint_rules *rules, const struct endpoint_values *values)
{
    uint32_t booleans = values->is_true | values->is_false;
    return ((booleans ^ rules->booleans) | (values->is_list ^ rules->lists)) & values->set;
}

static inia_status refuse(struct endpoint *endpoint, text words, inia_error *error)
{
    endpoint->refusal = words;
    return error_set(error, INIA_BAD_REQUEST, "%.*s", TEXT_ARGS(words));
}

/* Not on the way of a call that goes well. */
static inia_status refuse_parameter(
    struct run *run, struct endpoint *endpoint, int slot, text problem, inia_error *error)
{
    struct buffer line;
    buffer_init(&line, run->arena);
    buffer_add(&line, TEXT("endpoint parameter "));
    buffer_add(&line, run->rules->parameters[slot].name);
    buffer_add(&line, problem);
    if (!buffer_ok(&line))
        return error_set(error, INIA_NO_MEMORY, "out of memory");
    return refuse(endpoint, buffer_text(&line), error);
}

inia_status endpoint_resolve(
    const struct endpoint_rules *rules, const struct endpoint_values *values, struct arena *arena,
    struct endpoint *endpoint, inia_error *error)
{
    struct run run;
    run.rules = rules;
    run.parameters = values->slots;
    run.arena = arena;
    run.no_memory = false;
    run.partition = NULL;
    run.url_written = text_from(NULL, 0);
    run.url = NULL;
    *endpoint = (struct endpoint){.header_count = 0};
    run.has = parameter_state_of(values);
    uint32_t wrong = wrong_kinds(rules, values);
    if (wrong)
        return refuse_parameter(
            &run, endpoint, __builtin_ctz(wrong), TEXT(" has a value of the wrong type"), error);
    uint32_t missing = rules->required & ~values->set;
    if (missing)
        return refuse_parameter(
            &run, endpoint, __builtin_ctz(missing), TEXT(" is required"), error);
    const struct rule *answer = find_answer(&run, rules->rules, rules->rule_count);
    if (!answer && !run.no_memory)
        return refuse(endpoint, TEXT("no endpoint rule matches these parameters"), error);
    text words = {NULL, 0};
    if (answer && answer->kind == RULE_ENDPOINT)
        fill_endpoint(&run, answer->endpoint, endpoint);
    else if (answer)
        words = rules_evaluate_text(&run, answer->error);
    if (run.no_memory)
        return error_set(error, INIA_NO_MEMORY, "out of memory");
    return words.data ? refuse(endpoint, words, error) : INIA_OK;
}
