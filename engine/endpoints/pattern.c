#include "pattern.h"

/*
 * Design notes. A pattern becomes a small program of steps, each with relative jumps, so that a
 * finished part can be moved when a | or a quantifier behind it asks for a step in front of it.
 * Matching follows all ways at once (Thompson's construction): a set of steps per byte.
 */

enum step_kind { STEP_SET, STEP_SPLIT, STEP_DONE };

struct pattern_step {
    enum step_kind kind;
    int16_t next, other;   /* relative; STEP_SET goes to +1 */
    unsigned char set[32]; /* STEP_SET: a bit for each byte it takes */
};

struct compiling {
    struct cursor in;
    struct pattern_step steps[PATTERN_MAX_STEPS];
    size_t count;
    int depth;
    const char *problem;
};

static void set_add(unsigned char *set, unsigned first, unsigned last)
{
    for (unsigned byte = first; byte <= last; byte++)
        set[byte / 8] |= (unsigned char)(1U << (byte % 8));
}

static void set_add_words(unsigned char *set)
{
    set_add(set, 'a', 'z');
    set_add(set, 'A', 'Z');
    set_add(set, '0', '9');
    set_add(set, '_', '_');
}

static void fail(struct compiling *compiling, const char *problem)
{
    if (!compiling->problem)
        compiling->problem = problem;
}

/* Makes room for one step at a place; what follows moves up. */
static struct pattern_step *insert(struct compiling *compiling, size_t at)
{
    if (compiling->count == PATTERN_MAX_STEPS) {
        fail(compiling, "a pattern that is too long");
        return NULL;
    }
    struct pattern_step *step = &compiling->steps[at];
    memmove(step + 1, step, (compiling->count - at) * sizeof *step);
    compiling->count++;
    *step = (struct pattern_step){.kind = STEP_SPLIT};
    return step;
}

static void insert_split(struct compiling *compiling, size_t at, size_t next, size_t other)
{
    struct pattern_step *step = insert(compiling, at);
    if (step) {
        step->next = (int16_t)((int)next - (int)at);
        step->other = (int16_t)((int)other - (int)at);
    }
}

static void add_escaped(struct compiling *compiling, unsigned char *set)
{
    int byte = cursor_u8(&compiling->in);
    if (byte == 'd')
        set_add(set, '0', '9');
    else if (byte == 'w')
        set_add_words(set);
    else if (byte >= 0x21 && byte <= 0x2f)
        set_add(set, (unsigned)byte, (unsigned)byte);
    else if (byte && strchr("[\\]^{|}?_", byte))
        set_add(set, (unsigned)byte, (unsigned)byte);
    else
        fail(compiling, "an escape in a pattern that is not understood");
}

static void add_brackets(struct compiling *compiling, unsigned char *set)
{
    while (!compiling->problem && cursor_peek(&compiling->in) != ']') {
        int first = cursor_u8(&compiling->in);
        if (!cursor_ok(&compiling->in) || first == '^' || first == '[') {
            fail(compiling, "a set in a pattern that is not understood");
        } else if (first == '\\') {
            add_escaped(compiling, set);
        } else if (cursor_skip(&compiling->in, TEXT("-"))) {
            int last = cursor_u8(&compiling->in);
            if (last == ']' || last < first)
                fail(compiling, "a range in a pattern that is not understood");
            set_add(set, (unsigned)first, (unsigned)last);
        } else {
            set_add(set, (unsigned)first, (unsigned)first);
        }
    }
    cursor_skip(&compiling->in, TEXT("]"));
}

static void compile_set(struct compiling *compiling)
{
    struct pattern_step *step = insert(compiling, compiling->count);
    if (!step)
        return;
    step->kind = STEP_SET;
    int byte = cursor_u8(&compiling->in);
    if (byte == '\\')
        add_escaped(compiling, step->set);
    else if (byte == '[')
        add_brackets(compiling, step->set);
    else if (byte == '.')
        set_add(step->set, 0, 255);
    else if (strchr("^$*+?{}", byte))
        fail(compiling, "a sign in a pattern that is not understood there");
    else
        set_add(step->set, (unsigned)byte, (unsigned)byte);
}

static void compile_choice(struct compiling *compiling);

static void compile_group(struct compiling *compiling)
{
    cursor_u8(&compiling->in);
    cursor_skip(&compiling->in, TEXT("?:"));
    compile_choice(compiling);
    if (!cursor_skip(&compiling->in, TEXT(")")))
        fail(compiling, "a group in a pattern that is not closed");
}

static void compile_quantifier(struct compiling *compiling, size_t start)
{
    size_t end = compiling->count;
    if (cursor_skip(&compiling->in, TEXT("+"))) {
        insert_split(compiling, end, start, end + 1);
    } else if (cursor_skip(&compiling->in, TEXT("?"))) {
        insert_split(compiling, start, start + 1, end + 1);
    } else if (cursor_skip(&compiling->in, TEXT("*"))) {
        insert_split(compiling, start, start + 1, end + 2);
        insert_split(compiling, end + 1, start, start);
    }
}

static bool sequence_goes_on(const struct compiling *compiling)
{
    int next = cursor_peek(&compiling->in);
    bool at_the_end = next == '$' && cursor_left(&compiling->in) == 1;
    return !compiling->problem && next >= 0 && next != '|' && next != ')' && !at_the_end;
}

static void compile_sequence(struct compiling *compiling)
{
    while (sequence_goes_on(compiling)) {
        size_t start = compiling->count;
        if (cursor_peek(&compiling->in) == '(')
            compile_group(compiling);
        else
            compile_set(compiling);
        compile_quantifier(compiling, start);
    }
}

static void compile_choice(struct compiling *compiling)
{
    if (++compiling->depth > PATTERN_MAX_DEPTH) {
        fail(compiling, "groups in a pattern that are too deep");
        return;
    }
    size_t jumps[PATTERN_MAX_STEPS];
    size_t jump_count = 0;
    for (;;) {
        size_t start = compiling->count;
        compile_sequence(compiling);
        if (compiling->problem || !cursor_skip(&compiling->in, TEXT("|")))
            break;
        size_t end = compiling->count;
        insert_split(compiling, start, start + 1, end + 2);
        insert_split(compiling, end + 1, end + 1, end + 1);
        if (!compiling->problem)
            jumps[jump_count++] = end + 1;
    }
    for (size_t i = 0; i < jump_count; i++) {
        struct pattern_step *jump = &compiling->steps[jumps[i]];
        jump->next = jump->other = (int16_t)(compiling->count - jumps[i]);
    }
    compiling->depth--;
}

const char *pattern_compile(struct pattern *pattern, text written, struct arena *arena)
{
    struct compiling compiling = {.in = cursor_of(written)};
    cursor_skip(&compiling.in, TEXT("^"));
    compile_choice(&compiling);
    pattern->to_the_end = cursor_skip(&compiling.in, TEXT("$"));
    if (!cursor_is_done(&compiling.in) || !cursor_ok(&compiling.in))
        fail(&compiling, "a pattern that is not understood");
    struct pattern_step *done = insert(&compiling, compiling.count);
    if (compiling.problem)
        return compiling.problem;
    done->kind = STEP_DONE;
    size_t size = compiling.count * sizeof *pattern->steps;
    pattern->steps = arena_alloc(arena, size);
    if (!pattern->steps)
        return "out of memory";
    memcpy(pattern->steps, compiling.steps, size);
    pattern->count = compiling.count;
    return NULL;
}

struct step_set {
    bool has[PATTERN_MAX_STEPS];
};

/* Follows the splits from a step; recursion ends because no step is entered twice. */
static void step_set_enter(struct step_set *set, const struct pattern *pattern, size_t at)
{
    while (!set->has[at]) {
        const struct pattern_step *step = &pattern->steps[at];
        set->has[at] = true;
        if (step->kind != STEP_SPLIT)
            return;
        step_set_enter(set, pattern, (size_t)((int)at + step->other));
        at = (size_t)((int)at + step->next);
    }
}

bool pattern_matches(const struct pattern *pattern, text subject)
{
    size_t done = pattern->count - 1;
    struct step_set now = {{false}};
    step_set_enter(&now, pattern, 0);
    for (size_t i = 0; i < subject.size; i++) {
        if (now.has[done] && !pattern->to_the_end)
            return true;
        unsigned char byte = (unsigned char)subject.data[i];
        struct step_set next = {{false}};
        for (size_t at = 0; at < done; at++) {
            const struct pattern_step *step = &pattern->steps[at];
            if (now.has[at] && step->kind == STEP_SET && step->set[byte / 8] >> (byte % 8) & 1)
                step_set_enter(&next, pattern, at + 1);
        }
        now = next;
    }
    return now.has[done];
}
