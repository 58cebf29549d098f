/* Design notes
 *
 * A Pratt parser: each operator has a power, and an expression goes on as long as what follows
 * binds more tightly than what came before. A projection ([*], *, [], [?...], a slice) takes all
 * that follows it as its right side, down to the powers of PROJECTION_ENDS.
 */
#include "jmespath_lexer.h"
#include "jmespath_tree.h"

enum {
    PROJECTION_ENDS = 10,
    POWER_STAR = 20,
    POWER_FILTER = 21,
    POWER_DOT = 40,
    POWER_NOT = 45,
};

static const uint8_t powers[] = {
    [TOKEN_PIPE] = 1,
    [TOKEN_OR] = 2,
    [TOKEN_AND] = 3,
    [TOKEN_EQUAL] = 5,
    [TOKEN_NOT_EQUAL] = 5,
    [TOKEN_LESS] = 5,
    [TOKEN_LESS_OR_EQUAL] = 5,
    [TOKEN_GREATER] = 5,
    [TOKEN_GREATER_OR_EQUAL] = 5,
    [TOKEN_FLATTEN] = 9,
    [TOKEN_FILTER] = POWER_FILTER,
    [TOKEN_DOT] = POWER_DOT,
    [TOKEN_LEFT_BRACKET] = 55,
};

struct parser {
    struct jmespath_lexer lexer;
    struct jmespath_token token; /* the next one */
    unsigned depth;
    bool makes_values;
};

/* Of a list, an object or a call, as they come. */
struct children {
    struct jmespath_node *first, *last;
    uint32_t count, depth;
};

static struct jmespath_node *parse_expression(struct parser *parser, unsigned power);

static void *fail(
    struct parser *parser, enum jmespath_error error, uint32_t offset, const char *what)
{
    *parser->lexer.problem = (struct jmespath_problem){error, what, offset};
    return NULL;
}

/* At the next token, unless it was none: then the lexer has said what is wrong. */
static void *fail_here(struct parser *parser, const char *what)
{
    if (parser->token.kind == TOKEN_BAD)
        return NULL;
    if (parser->token.kind == TOKEN_END)
        what = "an expression that ends too early";
    return fail(parser, JMESPATH_SYNTAX, parser->token.offset, what);
}

static unsigned power_of(const struct parser *parser)
{
    return parser->token.kind < COUNT_OF(powers) ? powers[parser->token.kind] : 0;
}

static void advance(struct parser *parser)
{
    parser->token = jmespath_lexer_next(&parser->lexer);
}

static bool skip(struct parser *parser, enum jmespath_token_kind kind)
{
    if (parser->token.kind != kind)
        return false;
    advance(parser);
    return true;
}

/* ---- Nodes ------------------------------------------------------------------------- */

static uint32_t depth_of(const struct jmespath_node *node)
{
    return node ? node->depth : 0;
}

static bool set_depth(struct parser *parser, struct jmespath_node *node, uint32_t below)
{
    node->depth = below + 1;
    if (node->depth <= JMESPATH_MAX_DEPTH)
        return true;
    return fail(parser, JMESPATH_TOO_LARGE, node->offset, "nested too deeply") != NULL;
}

static struct jmespath_node *node_new(
    struct parser *parser, enum jmespath_node_kind kind, uint32_t offset,
    struct jmespath_node *left, struct jmespath_node *right)
{
    struct jmespath_node *node = arena_alloc_zeroed(parser->lexer.arena, sizeof *node);
    if (!node)
        return fail(parser, JMESPATH_NO_MEMORY, offset, "out of memory");
    node->kind = kind;
    node->offset = offset;
    node->left = left;
    node->right = right;
    uint32_t below = depth_of(left) > depth_of(right) ? depth_of(left) : depth_of(right);
    return set_depth(parser, node, below) ? node : NULL;
}

static struct jmespath_node *node_current(struct parser *parser)
{
    return node_new(parser, NODE_CURRENT, parser->token.offset, NULL, NULL);
}

static void children_add(struct children *children, struct jmespath_node *child)
{
    if (children->last)
        children->last->next = child;
    else
        children->first = child;
    children->last = child;
    children->count++;
    if (child->depth > children->depth)
        children->depth = child->depth;
}

static struct jmespath_node *node_of_children(
    struct parser *parser, enum jmespath_node_kind kind, uint32_t offset,
    const struct children *children)
{
    struct jmespath_node *node = node_new(parser, kind, offset, NULL, NULL);
    if (!node || !set_depth(parser, node, children->depth))
        return NULL;
    node->left = children->first;
    node->call.count = children->count;
    parser->makes_values = true;
    return node;
}

/* ---- Lists, objects, calls ----------------------------------------------------------- */

/* After the bracket, and with the one that closes it. */
static struct jmespath_node *parse_list(struct parser *parser, uint32_t offset)
{
    struct children children = {0};
    do {
        struct jmespath_node *item = parse_expression(parser, 0);
        if (!item)
            return NULL;
        children_add(&children, item);
    } while (skip(parser, TOKEN_COMMA));
    if (!skip(parser, TOKEN_RIGHT_BRACKET))
        return fail_here(parser, "no ] or comma where one is due");
    return node_of_children(parser, NODE_LIST, offset, &children);
}

static struct jmespath_node *parse_member(struct parser *parser)
{
    struct jmespath_token name = parser->token;
    if (name.kind != TOKEN_NAME && name.kind != TOKEN_QUOTED_NAME)
        return fail_here(parser, "no name where one is due");
    advance(parser);
    if (!skip(parser, TOKEN_COLON))
        return fail_here(parser, "no colon where one is due");
    struct jmespath_node *value = parse_expression(parser, 0);
    struct jmespath_node *member =
        value ? node_new(parser, NODE_MEMBER, name.offset, value, NULL) : NULL;
    if (member)
        member->name = name.name;
    return member;
}

/* The last one of a name counts, and stands where the first one was. */
static void add_member(struct children *children, struct jmespath_node *member)
{
    for (struct jmespath_node *old = children->first; old; old = old->next) {
        if (text_equals(old->name, member->name)) {
            old->left = member->left;
            if (member->depth > children->depth)
                children->depth = member->depth;
            return;
        }
    }
    children_add(children, member);
}

static struct jmespath_node *parse_object(struct parser *parser, uint32_t offset)
{
    struct children children = {0};
    do {
        struct jmespath_node *member = parse_member(parser);
        if (!member)
            return NULL;
        add_member(&children, member);
    } while (skip(parser, TOKEN_COMMA));
    if (!skip(parser, TOKEN_RIGHT_BRACE))
        return fail_here(parser, "no } or comma where one is due");
    return node_of_children(parser, NODE_OBJECT, offset, &children);
}

static struct jmespath_node *parse_argument(struct parser *parser)
{
    uint32_t offset = parser->token.offset;
    if (!skip(parser, TOKEN_EXPRESSION))
        return parse_expression(parser, 0);
    struct jmespath_node *expression = parse_expression(parser, 0);
    return expression ? node_new(parser, NODE_EXPRESSION, offset, expression, NULL) : NULL;
}

static bool parse_arguments(struct parser *parser, struct children *arguments)
{
    if (skip(parser, TOKEN_RIGHT_PAREN))
        return true;
    do {
        struct jmespath_node *argument = parse_argument(parser);
        if (!argument)
            return false;
        children_add(arguments, argument);
    } while (skip(parser, TOKEN_COMMA));
    return skip(parser, TOKEN_RIGHT_PAREN) ||
           fail_here(parser, "no ) or comma where one is due") != NULL;
}

static struct jmespath_node *parse_call(struct parser *parser, text name, uint32_t offset)
{
    struct children arguments = {0};
    if (!parse_arguments(parser, &arguments))
        return NULL;
    const struct jmespath_function *function = jmespath_function_find(name);
    if (!function)
        return fail(parser, JMESPATH_UNKNOWN_FUNCTION, offset, "a function that is not known");
    if (arguments.count < function->count ||
        (arguments.count > function->count && !function->takes_more))
        return fail(parser, JMESPATH_INVALID_ARITY, offset, "a wrong number of arguments");
    struct jmespath_node *node = node_of_children(parser, NODE_CALL, offset, &arguments);
    if (node)
        node->call.function = function;
    return node;
}

/* ---- Projections ---------------------------------------------------------------------- */

/* What stands after a dot. */
static struct jmespath_node *parse_after_dot(struct parser *parser, unsigned power)
{
    uint32_t offset = parser->token.offset;
    switch (parser->token.kind) {
    case TOKEN_NAME:
    case TOKEN_QUOTED_NAME:
    case TOKEN_STAR:
        return parse_expression(parser, power);
    case TOKEN_LEFT_BRACKET:
        advance(parser);
        return parse_list(parser, offset);
    case TOKEN_LEFT_BRACE:
        advance(parser);
        return parse_object(parser, offset);
    default:
        return fail_here(parser, "something that may not stand after a dot");
    }
}

static struct jmespath_node *parse_projected(struct parser *parser, unsigned power)
{
    if (power_of(parser) < PROJECTION_ENDS)
        return node_current(parser);
    if (skip(parser, TOKEN_DOT))
        return parse_after_dot(parser, power);
    return parse_expression(parser, power);
}

static struct jmespath_node *parse_projection(
    struct parser *parser, enum jmespath_node_kind kind, uint32_t offset,
    struct jmespath_node *left, unsigned power)
{
    struct jmespath_node *right = left ? parse_projected(parser, power) : NULL;
    return right ? node_new(parser, kind, offset, left, right) : NULL;
}

static struct jmespath_node *parse_flatten(
    struct parser *parser, uint32_t offset, struct jmespath_node *left)
{
    struct jmespath_node *flat = left ? node_new(parser, NODE_FLATTEN, offset, left, NULL) : NULL;
    return parse_projection(parser, NODE_LIST_EACH, offset, flat, powers[TOKEN_FLATTEN]);
}

static struct jmespath_node *parse_filter(
    struct parser *parser, uint32_t offset, struct jmespath_node *left)
{
    struct jmespath_node *condition = left ? parse_expression(parser, 0) : NULL;
    if (!condition)
        return NULL;
    if (!skip(parser, TOKEN_RIGHT_BRACKET))
        return fail_here(parser, "no ] where one is due");
    struct jmespath_node *node = parse_projection(parser, NODE_FILTER, offset, left, POWER_FILTER);
    if (!node)
        return NULL;
    node->condition = condition;
    bool deeper = condition->depth >= node->depth;
    return !deeper || set_depth(parser, node, condition->depth) ? node : NULL;
}

/* ---- Indices and slices ---------------------------------------------------------------- */

static struct jmespath_node *slice_new(
    struct parser *parser, uint32_t offset, struct jmespath_node *left, const int64_t parts[3],
    const bool has[3])
{
    if (has[2] && parts[2] == 0)
        return fail(parser, JMESPATH_INVALID_VALUE, offset, "a slice with a step of 0");
    struct jmespath_node *node = node_new(parser, NODE_SLICE, offset, left, NULL);
    struct jmespath_slice *slice = arena_alloc(parser->lexer.arena, sizeof *slice);
    if (!node)
        return NULL;
    if (!slice)
        return fail(parser, JMESPATH_NO_MEMORY, offset, "out of memory");
    *slice = (struct jmespath_slice){parts[0], parts[1], has[2] ? parts[2] : 1, has[0], has[1]};
    node->slice = slice;
    return parse_projection(parser, NODE_LIST_EACH, offset, node, POWER_STAR);
}

/* "1]", "1:2]", "::-1]": at a number or a colon. */
static struct jmespath_node *parse_index(
    struct parser *parser, uint32_t offset, struct jmespath_node *left)
{
    int64_t parts[3] = {0};
    bool has[3] = {false};
    unsigned colons = 0;
    while (parser->token.kind == TOKEN_NUMBER || parser->token.kind == TOKEN_COLON) {
        bool colon = parser->token.kind == TOKEN_COLON;
        if (colon ? colons == 2 : has[colons])
            return fail_here(parser, "neither an index nor a slice");
        if (!colon) {
            parts[colons] = parser->token.number;
            has[colons] = true;
        }
        colons += colon;
        advance(parser);
    }
    if (!skip(parser, TOKEN_RIGHT_BRACKET))
        return fail_here(parser, "no ] where one is due");
    if (colons)
        return slice_new(parser, offset, left, parts, has);
    struct jmespath_node *node = node_new(parser, NODE_INDEX, offset, left, NULL);
    if (node)
        node->index = parts[0];
    return node;
}

static bool is_at_index(const struct parser *parser)
{
    return parser->token.kind == TOKEN_NUMBER || parser->token.kind == TOKEN_COLON;
}

static bool skip_star_bracket(struct parser *parser)
{
    if (parser->token.kind != TOKEN_STAR || jmespath_lexer_peek(&parser->lexer) != ']')
        return false;
    advance(parser);
    return skip(parser, TOKEN_RIGHT_BRACKET);
}

/* ---- Expressions ------------------------------------------------------------------------ */

static struct jmespath_node *parse_name(struct parser *parser, const struct jmespath_token *token)
{
    if (parser->token.kind == TOKEN_LEFT_PAREN && token->kind == TOKEN_QUOTED_NAME)
        return fail_here(parser, "a function whose name is quoted");
    if (skip(parser, TOKEN_LEFT_PAREN))
        return parse_call(parser, token->name, token->offset);
    struct jmespath_node *node = node_new(parser, NODE_FIELD, token->offset, NULL, NULL);
    if (node)
        node->name = token->name;
    return node;
}

static struct jmespath_node *parse_bracket(struct parser *parser, uint32_t offset)
{
    bool each = skip_star_bracket(parser);
    if (!each && !is_at_index(parser))
        return parse_list(parser, offset);
    struct jmespath_node *left = node_current(parser);
    if (!left)
        return NULL;
    return each ? parse_projection(parser, NODE_LIST_EACH, offset, left, POWER_STAR)
                : parse_index(parser, offset, left);
}

static struct jmespath_node *parse_literal(
    struct parser *parser, const struct jmespath_token *token)
{
    struct jmespath_node *node = node_new(parser, NODE_LITERAL, token->offset, NULL, NULL);
    if (node)
        node->literal = token->literal;
    parser->makes_values = true;
    return node;
}

static struct jmespath_node *parse_parentheses(struct parser *parser)
{
    struct jmespath_node *inner = parse_expression(parser, 0);
    if (inner && !skip(parser, TOKEN_RIGHT_PAREN))
        return fail_here(parser, "no ) where one is due");
    return inner;
}

static struct jmespath_node *parse_not(struct parser *parser, uint32_t offset)
{
    struct jmespath_node *inner = parse_expression(parser, POWER_NOT);
    return inner ? node_new(parser, NODE_NOT, offset, inner, NULL) : NULL;
}

static bool starts_expression(enum jmespath_token_kind kind)
{
    static const bool starts[] = {
        [TOKEN_NAME] = true,         [TOKEN_QUOTED_NAME] = true, [TOKEN_LITERAL] = true,
        [TOKEN_STAR] = true,         [TOKEN_FLATTEN] = true,     [TOKEN_FILTER] = true,
        [TOKEN_LEFT_BRACKET] = true, [TOKEN_LEFT_BRACE] = true,  [TOKEN_LEFT_PAREN] = true,
        [TOKEN_CURRENT] = true,      [TOKEN_NOT] = true,
    };
    return kind < COUNT_OF(starts) && starts[kind];
}

/* What an expression starts with. */
static struct jmespath_node *parse_start(struct parser *parser)
{
    struct jmespath_token token = parser->token;
    if (!starts_expression(token.kind))
        return fail_here(parser, "no expression where one is due");
    advance(parser);
    switch (token.kind) {
    case TOKEN_CURRENT:
        return node_current(parser);
    case TOKEN_STAR:
        return parse_projection(
            parser, NODE_MEMBERS_EACH, token.offset, node_current(parser), POWER_STAR);
    case TOKEN_FLATTEN:
        return parse_flatten(parser, token.offset, node_current(parser));
    case TOKEN_FILTER:
        return parse_filter(parser, token.offset, node_current(parser));
    case TOKEN_LITERAL:
        return parse_literal(parser, &token);
    case TOKEN_LEFT_BRACKET:
        return parse_bracket(parser, token.offset);
    case TOKEN_LEFT_BRACE:
        return parse_object(parser, token.offset);
    case TOKEN_LEFT_PAREN:
        return parse_parentheses(parser);
    case TOKEN_NOT:
        return parse_not(parser, token.offset);
    default:
        return parse_name(parser, &token);
    }
}

static struct jmespath_node *parse_operator(
    struct parser *parser, enum jmespath_node_kind kind, const struct jmespath_token *token,
    struct jmespath_node *left)
{
    struct jmespath_node *right = parse_expression(parser, powers[token->kind]);
    struct jmespath_node *node = right ? node_new(parser, kind, token->offset, left, right) : NULL;
    if (node && kind == NODE_COMPARE)
        node->comparison = (enum jmespath_comparison)(token->kind - TOKEN_EQUAL);
    return node;
}

static struct jmespath_node *parse_dot(
    struct parser *parser, uint32_t offset, struct jmespath_node *left)
{
    if (skip(parser, TOKEN_STAR))
        return parse_projection(parser, NODE_MEMBERS_EACH, offset, left, POWER_STAR);
    struct jmespath_node *right = parse_after_dot(parser, POWER_DOT);
    return right ? node_new(parser, NODE_CHAIN, offset, left, right) : NULL;
}

/* What goes on after left. */
static struct jmespath_node *parse_rest(struct parser *parser, struct jmespath_node *left)
{
    struct jmespath_token token = parser->token;
    advance(parser);
    switch (token.kind) {
    case TOKEN_PIPE:
        return parse_operator(parser, NODE_CHAIN, &token, left);
    case TOKEN_OR:
        return parse_operator(parser, NODE_OR, &token, left);
    case TOKEN_AND:
        return parse_operator(parser, NODE_AND, &token, left);
    case TOKEN_DOT:
        return parse_dot(parser, token.offset, left);
    case TOKEN_FLATTEN:
        return parse_flatten(parser, token.offset, left);
    case TOKEN_FILTER:
        return parse_filter(parser, token.offset, left);
    case TOKEN_LEFT_BRACKET:
        if (is_at_index(parser))
            return parse_index(parser, token.offset, left);
        if (skip_star_bracket(parser))
            return parse_projection(parser, NODE_LIST_EACH, token.offset, left, POWER_STAR);
        return fail_here(parser, "neither an index, a slice nor a *");
    default:
        return parse_operator(parser, NODE_COMPARE, &token, left);
    }
}

static struct jmespath_node *parse_expression(struct parser *parser, unsigned power)
{
    if (parser->depth == JMESPATH_MAX_DEPTH)
        return fail(parser, JMESPATH_TOO_LARGE, parser->token.offset, "nested too deeply");
    parser->depth++;
    struct jmespath_node *left = parse_start(parser);
    while (left && power < power_of(parser))
        left = parse_rest(parser, left);
    parser->depth--;
    return left;
}

struct jmespath *jmespath_compile(
    text expression, struct arena *arena, struct jmespath_problem *problem)
{
    struct parser parser = {0};
    *problem = (struct jmespath_problem){JMESPATH_NO_MEMORY, "out of memory", 0};
    if (expression.size > JMESPATH_MAX_SIZE) {
        *problem = (struct jmespath_problem){JMESPATH_TOO_LARGE, "an expression too long", 0};
        return NULL;
    }
    struct jmespath *path = arena_alloc_zeroed(arena, sizeof *path);
    text copy = arena_copy(arena, expression);
    if (!path || !copy.data)
        return NULL;
    jmespath_lexer_init(&parser.lexer, copy, arena, problem);
    advance(&parser);
    path->root = parse_expression(&parser, 0);
    if (path->root && parser.token.kind != TOKEN_END)
        path->root = fail_here(&parser, "something that may not follow here");
    path->makes_values = parser.makes_values;
    jmespath_lexer_release(&parser.lexer);
    return path->root ? path : NULL;
}

const char *jmespath_error_name(enum jmespath_error error)
{
    switch (error) {
    case JMESPATH_SYNTAX:
        return "syntax";
    case JMESPATH_INVALID_ARITY:
        return "invalid-arity";
    case JMESPATH_INVALID_TYPE:
        return "invalid-type";
    case JMESPATH_INVALID_VALUE:
        return "invalid-value";
    case JMESPATH_UNKNOWN_FUNCTION:
        return "unknown-function";
    case JMESPATH_TOO_LARGE:
        return "too-large";
    case JMESPATH_NO_MEMORY:
        return "out-of-memory";
    }
    return "unknown";
}
