#include "compile.h"

enum { MAX_CONDITIONS = 64 };

/* ---- Parameters ------------------------------------------------------------------------------ */

static bool read_default(
    struct compiler *compiler, struct endpoint_parameter *parameter,
    const struct json_value *source)
{
    struct endpoint_value *initial = &parameter->initial;
    initial->kind = (unsigned)parameter->kind;
    if (parameter->kind == ENDPOINT_STRING && source->kind == JSON_STRING) {
        initial->string = rules_compile_text(compiler, source->string);
        return true;
    }
    if (parameter->kind == ENDPOINT_BOOLEAN) {
        initial->boolean = source->kind == JSON_TRUE;
        return source->kind == JSON_TRUE || source->kind == JSON_FALSE;
    }
    if (parameter->kind != ENDPOINT_STRING_LIST || source->kind != JSON_LIST)
        return false;
    text *items = rules_compile_alloc(compiler, source->count, sizeof *items);
    for (uint32_t i = 0; items && i < source->count; i++) {
        if (source->items[i].kind != JSON_STRING)
            return false;
        items[i] = rules_compile_text(compiler, source->items[i].string);
    }
    initial->list.items = items;
    initial->list.count = source->count;
    return true;
}

static bool read_kind(struct endpoint_parameter *parameter, text type)
{
    if (text_equals_ignoring_case(type, TEXT("string")))
        parameter->kind = ENDPOINT_STRING;
    else if (text_equals_ignoring_case(type, TEXT("boolean")))
        parameter->kind = ENDPOINT_BOOLEAN;
    else if (text_equals_ignoring_case(type, TEXT("stringArray")))
        parameter->kind = ENDPOINT_STRING_LIST;
    else
        return false;
    return true;
}

static bool is_identifier(text name)
{
    for (size_t i = 0; i < name.size; i++) {
        char byte = name.data[i];
        bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        bool is_other = byte == '_' || (byte >= '0' && byte <= '9');
        if (!is_letter && !(is_other && i > 0))
            return false;
    }
    return name.size > 0;
}

/* A built-in comes as the type it always has. */
static bool fits_built_in(const struct endpoint_parameter *parameter)
{
    static const struct {
        text name;
        enum endpoint_kind kind;
    } built_ins[] = {
        {TEXT_INIT("AWS::Region"), ENDPOINT_STRING},
        {TEXT_INIT("AWS::UseFIPS"), ENDPOINT_BOOLEAN},
        {TEXT_INIT("AWS::UseDualStack"), ENDPOINT_BOOLEAN},
        {TEXT_INIT("AWS::Auth::AccountId"), ENDPOINT_STRING},
        {TEXT_INIT("AWS::Auth::AccountIdEndpointMode"), ENDPOINT_STRING},
        {TEXT_INIT("AWS::Auth::CredentialScope"), ENDPOINT_STRING},
        {TEXT_INIT("AWS::S3::Accelerate"), ENDPOINT_BOOLEAN},
        {TEXT_INIT("AWS::S3::DisableMultiRegionAccessPoints"), ENDPOINT_BOOLEAN},
        {TEXT_INIT("AWS::S3::ForcePathStyle"), ENDPOINT_BOOLEAN},
        {TEXT_INIT("AWS::S3::UseArnRegion"), ENDPOINT_BOOLEAN},
        {TEXT_INIT("AWS::S3::UseGlobalEndpoint"), ENDPOINT_BOOLEAN},
        {TEXT_INIT("AWS::S3Control::UseArnRegion"), ENDPOINT_BOOLEAN},
        {TEXT_INIT("AWS::STS::UseGlobalEndpoint"), ENDPOINT_BOOLEAN},
        {TEXT_INIT("SDK::Endpoint"), ENDPOINT_STRING},
    };
    for (size_t i = 0; i < COUNT_OF(built_ins); i++) {
        if (text_equals(parameter->built_in, built_ins[i].name))
            return parameter->kind == built_ins[i].kind;
    }
    return true;
}

static void read_parameter(
    struct compiler *compiler, struct endpoint_parameter *parameter,
    const struct json_value *source)
{
    static const char *const members[] = {"type",          "builtIn",    "default", "required",
                                          "documentation", "deprecated", NULL};
    const struct json_value *type = json_member(source, TEXT("type"));
    const struct json_value *built_in = json_member(source, TEXT("builtIn"));
    const struct json_value *required = json_member(source, TEXT("required"));
    const struct json_value *initial = json_member(source, TEXT("default"));
    if (!rules_compile_check_members(compiler, source, members))
        return;
    if (!is_identifier(parameter->name))
        rules_compile_fail(compiler, "no name of a parameter");
    else if (!read_kind(parameter, json_text(type)))
        rules_compile_fail(compiler, "type is neither string nor boolean nor stringArray");
    else if (required && required->kind != JSON_TRUE && required->kind != JSON_FALSE)
        rules_compile_fail(compiler, "required is no boolean");
    else if (built_in && built_in->kind != JSON_STRING)
        rules_compile_fail(compiler, "builtIn is no string");
    else if (initial && !json_is_true(required))
        rules_compile_fail(compiler, "it has a default, so it must be required");
    else if (initial && !read_default(compiler, parameter, initial))
        rules_compile_fail(compiler, "the default is not of the parameter's type");
    if (compiler->failed)
        return;
    parameter->required = json_is_true(required);
    if (built_in)
        parameter->built_in = rules_compile_text(compiler, built_in->string);
    if (!fits_built_in(parameter))
        rules_compile_fail(compiler, "not the type of %.*s", TEXT_ARGS(parameter->built_in));
}

static void read_parameters(struct compiler *compiler, const struct json_value *source)
{
    struct endpoint_rules *rules = compiler->rules;
    if (!json_is(source, JSON_OBJECT) || source->count > ENDPOINT_MAX_PARAMETERS) {
        rules_compile_fail(
            compiler, "parameters is no object of at most %d members", ENDPOINT_MAX_PARAMETERS);
        return;
    }
    for (uint32_t i = 0; i < source->count && !compiler->failed; i++) {
        struct endpoint_parameter *parameter = &rules->parameters[i];
        rules_compile_enter_member(compiler, "parameters", source->names[i]);
        parameter->name = rules_compile_text(compiler, source->names[i]);
        read_parameter(compiler, parameter, &source->items[i]);
        if (compiler->failed)
            return;
        rules_compile_leave(compiler);
        rules->parameter_count++;
        rules->booleans |= (uint32_t)(parameter->kind == ENDPOINT_BOOLEAN) << i;
        rules->lists |= (uint32_t)(parameter->kind == ENDPOINT_STRING_LIST) << i;
        rules->required |= (uint32_t)parameter->required << i;
        compiler->names[compiler->name_count++] = (struct known_name){
            parameter->name, {(uint8_t)parameter->kind, !parameter->required}, true, (int)i};
    }
}

/* ---- Conditions ------------------------------------------------------------------------------ */

/* The parameter that is compared with a literal, and the literal. */
static bool is_parameter_test(const struct expression *expression, uint32_t *bit, bool *literal)
{
    if (expression->operation != OPERATION_BOOLEAN_EQUALS)
        return false;
    const struct expression *a = expression->arguments[0], *b = expression->arguments[1];
    if (a->operation == OPERATION_CONSTANT) {
        const struct expression *swapped = a;
        a = b;
        b = swapped;
    }
    if (a->operation != OPERATION_PARAMETER || b->operation != OPERATION_CONSTANT)
        return false;
    *bit = 1U << a->number;
    *literal = b->constant.boolean;
    return true;
}

/* Takes a condition on one parameter into the mask; false: it is no such condition. */
static bool gather(struct parameter_state *needs, const struct expression *expression)
{
    bool negated = expression->operation == OPERATION_NOT;
    const struct expression *asked = negated ? expression->arguments[0] : expression;
    uint32_t bit;
    bool literal;
    if (asked->operation == OPERATION_IS_SET &&
        asked->arguments[0]->operation == OPERATION_PARAMETER) {
        bit = 1U << asked->arguments[0]->number;
        needs->presence |= negated ? (uint64_t)bit << 32 : bit;
        return true;
    }
    if (is_parameter_test(asked, &bit, &literal)) {
        needs->truth |= literal != negated ? bit : (uint64_t)bit << 32;
        return true;
    }
    return false;
}

static bool compile_condition(
    struct compiler *compiler, struct condition *condition, const struct json_value *source)
{
    static const char *const members[] = {"fn", "argv", "assign", NULL};
    if (!rules_compile_check_members(compiler, source, members))
        return false;
    condition->variable = -1;
    condition->expression = rules_compile_function(compiler, source);
    const struct json_value *assign = json_member(source, TEXT("assign"));
    if (!assign || !condition->expression)
        return condition->expression != NULL;
    struct type type = {condition->expression->type.kind, false};
    condition->variable = rules_scope_add_variable(compiler, json_text(assign), type);
    return condition->variable >= 0;
}

static bool compile_conditions(
    struct compiler *compiler, struct rule *rule, const struct json_value *list)
{
    if (!json_is(list, JSON_LIST) || list->count > MAX_CONDITIONS)
        return rules_compile_fail(compiler, "no list of at most %d conditions", MAX_CONDITIONS) !=
               NULL;
    struct condition conditions[MAX_CONDITIONS];
    memset(conditions, 0, sizeof conditions);
    size_t count = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        struct condition condition;
        rules_compile_enter_item(compiler, "conditions", i);
        if (!compile_condition(compiler, &condition, &list->items[i]))
            return false;
        rules_compile_leave(compiler);
        if (condition.variable >= 0 || !gather(&rule->needs, condition.expression)) {
            conditions[count].expression = condition.expression;
            conditions[count++].variable = condition.variable;
        }
    }
    rule->conditions = rules_compile_keep(compiler, conditions, count * sizeof *conditions);
    rule->condition_count = (uint8_t)count;
    return rule->conditions != NULL;
}

/* ---- Rules ----------------------------------------------------------------------------------- */

static const struct rule *compile_rules(
    struct compiler *compiler, const struct json_value *list, size_t *count);

static void compile_rule_body(
    struct compiler *compiler, struct rule *rule, const struct json_value *source)
{
    text type = json_text(json_member(source, TEXT("type")));
    if (text_equals(type, TEXT("endpoint"))) {
        rule->kind = RULE_ENDPOINT;
        rule->endpoint = rules_compile_endpoint(compiler, json_member(source, TEXT("endpoint")));
    } else if (text_equals(type, TEXT("error"))) {
        rule->kind = RULE_ERROR;
        rule->error = rules_compile_string(compiler, json_member(source, TEXT("error")));
    } else if (text_equals(type, TEXT("tree"))) {
        size_t count = 0;
        rule->kind = RULE_TREE;
        rule->rules = compile_rules(compiler, json_member(source, TEXT("rules")), &count);
        rule->rule_count = (uint16_t)count;
    } else {
        rules_compile_fail(compiler, "type is neither endpoint nor error nor tree");
    }
}

static void compile_rule(
    struct compiler *compiler, struct rule *rule, const struct json_value *source)
{
    static const char *const members[] = {"conditions", "documentation", "type", "endpoint",
                                          "error",      "rules",         NULL};
    struct scope_mark mark;
    rules_scope_save(compiler, &mark);
    if (!rules_compile_check_members(compiler, source, members) ||
        !compile_conditions(compiler, rule, json_member(source, TEXT("conditions"))))
        return;
    compile_rule_body(compiler, rule, source);
    rules_scope_restore(compiler, &mark);
}

static const struct rule *compile_rules(
    struct compiler *compiler, const struct json_value *list, size_t *count)
{
    if (!json_is(list, JSON_LIST) || list->count > UINT16_MAX)
        return rules_compile_fail(compiler, "no list of rules");
    if (++compiler->depth > ENDPOINT_MAX_DEPTH)
        return rules_compile_fail(compiler, "nested too deep");
    struct rule *rules = rules_compile_alloc(compiler, list->count, sizeof *rules);
    for (uint32_t i = 0; rules && i < list->count; i++) {
        rules_compile_enter_item(compiler, "rules", i);
        compile_rule(compiler, &rules[i], &list->items[i]);
        if (compiler->failed)
            return NULL;
        rules_compile_leave(compiler);
    }
    compiler->depth--;
    *count = list->count;
    return rules;
}

static void compile_document(struct compiler *compiler, const struct json_value *document)
{
    static const char *const members[] = {"version",    "serviceId", "documentation",
                                          "parameters", "rules",     NULL};
    text version = json_text(json_member(document, TEXT("version")));
    if (!rules_compile_check_members(compiler, document, members))
        return;
    if (!text_starts_with(version, TEXT("1."))) {
        rules_compile_fail(compiler, "version \"%.*s\" is not known", TEXT_ARGS(version));
        return;
    }
    read_parameters(compiler, json_member(document, TEXT("parameters")));
    if (compiler->failed)
        return;
    struct endpoint_rules *rules = compiler->rules;
    rules->rules =
        compile_rules(compiler, json_member(document, TEXT("rules")), &rules->rule_count);
    rules->bucket = endpoint_rules_parameter(rules, TEXT("Bucket"));
    rules->path_style = endpoint_rules_built_in(rules, TEXT("AWS::S3::ForcePathStyle"));
    for (size_t i = 0; i < rules->parameter_count; i++)
        rules->used |= (uint32_t)rules->parameters[i].used << i;
}

struct endpoint_rules *endpoint_rules_new(
    const struct json_value *rule_set, const struct endpoint_partitions *partitions,
    struct arena *arena, inia_error *error)
{
    struct compiler compiler = {.arena = arena, .error = error};
    arena_init(&compiler.scratch, arena->blocks);
    map_init(&compiler.texts, &compiler.scratch);
    map_init(&compiler.kept, &compiler.scratch);
    compiler.rules = rules_compile_alloc(&compiler, 1, sizeof *compiler.rules);
    if (compiler.rules) {
        compiler.rules->partitions = partitions;
        compile_document(&compiler, rule_set);
    }
    arena_release(&compiler.scratch);
    return compiler.failed ? NULL : compiler.rules;
}

/* ---- For callers ----------------------------------------------------------------------------- */

const struct endpoint_parameter *endpoint_rules_parameters(
    const struct endpoint_rules *rules, size_t *count)
{
    *count = rules->parameter_count;
    return rules->parameters;
}

int endpoint_rules_parameter(const struct endpoint_rules *rules, text name)
{
    for (size_t i = 0; i < rules->parameter_count; i++) {
        if (text_equals(rules->parameters[i].name, name))
            return (int)i;
    }
    return -1;
}

int endpoint_rules_built_in(const struct endpoint_rules *rules, text built_in)
{
    for (size_t i = 0; built_in.size && i < rules->parameter_count; i++) {
        if (text_equals(rules->parameters[i].built_in, built_in))
            return (int)i;
    }
    return -1;
}

void endpoint_values_init(struct endpoint_values *values, const struct endpoint_rules *rules)
{
    values->set = values->is_true = values->is_false = values->is_list = 0;
    for (size_t i = 0; i < rules->parameter_count; i++)
        endpoint_value_set(values, (int)i, rules->parameters[i].initial);
}

void endpoint_values_copy(
    struct endpoint_values *to, const struct endpoint_values *from,
    const struct endpoint_rules *rules)
{
    to->set = from->set;
    to->is_true = from->is_true;
    to->is_false = from->is_false;
    to->is_list = from->is_list;
    memcpy(to->slots, from->slots, rules->parameter_count * sizeof *to->slots);
}
