/* Design notes
 *
 * Each byte is looked at about once, in a table that says where it may stand; the NUL behind the
 * text is nowhere allowed, so that no loop asks for the end. Names and values are not copied: the
 * byte that ends one is known by the time it becomes the NUL behind it.
 */
#include "xml_plain.h"

#include "utf8.h"

enum { MOST_ATTRIBUTES = 16, LONGEST_REFERENCE = 10 };

enum { NAME_START = 1, NAME = 2, CHARACTERS = 4, SPACE = 8, VALUE = 16 };

#define OTHERS (CHARACTERS | VALUE)
#define DIGIT (NAME | OTHERS)
#define LETTER (NAME_START | NAME | OTHERS)
#define LETTERS LETTER, LETTER, LETTER, LETTER, LETTER, LETTER, LETTER, LETTER
#define DIGITS DIGIT, DIGIT, DIGIT, DIGIT, DIGIT

/* Of ']' see read_odd(). */
static const unsigned char classes[256] = {
    ['\t'] = SPACE | CHARACTERS,
    ['\n'] = SPACE | CHARACTERS,
    [' '] = SPACE | OTHERS,
    ['!'] = OTHERS,
    ['"'] = CHARACTERS,
    ['#'] = OTHERS,
    ['$'] = OTHERS,
    ['%'] = OTHERS,
    ['\''] = CHARACTERS,
    ['('] = OTHERS,
    [')'] = OTHERS,
    ['*'] = OTHERS,
    ['+'] = OTHERS,
    [','] = OTHERS,
    ['-'] = DIGIT,
    ['.'] = DIGIT,
    ['/'] = OTHERS,
    ['0'] = DIGITS,
    DIGITS,
    [':'] = OTHERS,
    [';'] = OTHERS,
    ['='] = OTHERS,
    ['>'] = OTHERS,
    ['?'] = OTHERS,
    ['@'] = OTHERS,
    ['A'] = LETTERS,
    LETTERS,
    LETTERS,
    LETTER,
    LETTER,
    ['['] = OTHERS,
    ['\\'] = OTHERS,
    [']'] = VALUE,
    ['^'] = OTHERS,
    ['_'] = LETTER,
    ['`'] = OTHERS,
    ['a'] = LETTERS,
    LETTERS,
    LETTERS,
    LETTER,
    LETTER,
    ['{'] = OTHERS,
    ['|'] = OTHERS,
    ['}'] = OTHERS,
    ['~'] = OTHERS,
};

struct open_element {
    struct xml_node *node, *last_child;
    text written; /* its name, with the prefix */
};

struct plain {
    char *at, *end;
    struct arena *arena;
    size_t depth;
    struct open_element open[XML_MAX_DEPTH];
};

static bool is(char byte, int class)
{
    return classes[(unsigned char)byte] & class;
}

static char *skip(char *at, int class)
{
    while (is(*at, class))
        at++;
    return at;
}

static bool take(struct plain *plain, text expected)
{
    if (!text_starts_with(text_from(plain->at, (size_t)(plain->end - plain->at)), expected))
        return false;
    plain->at += expected.size;
    return true;
}

/* ---- Character data ------------------------------------------------------------------------- */

static bool is_character(uint32_t character)
{
    return character >= 0x20 ? character != 0xFFFE && character != 0xFFFF
                             : character == '\t' || character == '\n' || character == '\r';
}

/* What a reference without & and ; stands for; 0: none that is known here. */
static uint32_t referred(text name)
{
    static const struct {
        text name;
        char character;
    } entities[] = {
        {TEXT_INIT("amp"), '&'},  {TEXT_INIT("lt"), '<'},    {TEXT_INIT("gt"), '>'},
        {TEXT_INIT("quot"), '"'}, {TEXT_INIT("apos"), '\''},
    };
    for (size_t i = 0; i < COUNT_OF(entities); i++) {
        if (text_equals(name, entities[i].name))
            return (unsigned char)entities[i].character;
    }
    bool is_hex = text_starts_with(name, TEXT("#x"));
    text digits = text_after(name, is_hex ? 2 : 1);
    uint32_t number = 0;
    if (!text_starts_with(name, TEXT("#")) || !digits.size)
        return 0;
    for (size_t i = 0; i < digits.size; i++) {
        unsigned byte = (unsigned char)digits.data[i], letter = (byte | 0x20) - 'a';
        if (byte - '0' > 9 && !(is_hex && letter < 6))
            return 0;
        number = number * (is_hex ? 16 : 10) + (byte - '0' > 9 ? letter + 10 : byte - '0');
    }
    return is_character(number) ? number : 0;
}

/* At an &; *out moves on by what it stands for, which is never longer. */
static bool read_reference(struct plain *plain, char **out)
{
    size_t left = (size_t)(plain->end - plain->at) - 1;
    text rest = text_from(plain->at + 1, left < LONGEST_REFERENCE ? left : LONGEST_REFERENCE);
    size_t size = text_find(rest, ';');
    uint32_t character = size < rest.size ? referred(text_from(rest.data, size)) : 0;
    char encoded[4];
    size_t encoded_size = character ? utf8_encode(character, encoded) : 0;
    memcpy(*out, encoded, encoded_size);
    *out += encoded_size;
    plain->at += size + 2;
    return encoded_size > 0;
}

static bool read_sequence(struct plain *plain, char **out)
{
    size_t size = utf8_sequence_size(text_from(plain->at, (size_t)(plain->end - plain->at)));
    if (!size || !is_character(utf8_decode(text_from(plain->at, size), size)))
        return false;
    memmove(*out, plain->at, size);
    *out += size;
    plain->at += size;
    return true;
}

/* One byte or more that do not stand for themselves alone; out is behind. */
static bool read_odd(struct plain *plain, char **out)
{
    if (*plain->at == '&')
        return read_reference(plain, out);
    if ((unsigned char)*plain->at >= 0x80)
        return read_sequence(plain, out);
    if (*plain->at != ']' || plain->at[1] == ']') /* "]]>" is a mistake */
        return false;
    *(*out)++ = *plain->at++;
    return true;
}

/* Up to the next element, behind whose < it ends. */
static bool read_characters(struct plain *plain, text *value)
{
    char *start = plain->at, *out = plain->at = skip(plain->at, CHARACTERS);
    while (*plain->at != '<') {
        if (!read_odd(plain, &out))
            return false;
        char *run = plain->at;
        plain->at = skip(run, CHARACTERS);
        memmove(out, run, (size_t)(plain->at - run));
        out += plain->at - run;
    }
    plain->at++;
    *out = '\0';
    *value = text_from(start, (size_t)(out - start));
    return true;
}

/* ---- Elements ------------------------------------------------------------------------------- */

/* A name as written, and where its local part starts. */
static bool read_name(struct plain *plain, text *written, size_t *local)
{
    char *start = plain->at, *at = start;
    *local = 0;
    if (!is(*at, NAME_START))
        return false;
    while (*(at = skip(at, NAME)) == ':') {
        at++;
        if (!*local)
            *local = (size_t)(at - start);
    }
    *written = text_from(start, (size_t)(at - start));
    plain->at = at;
    return true;
}

static void end_text(text written)
{
    ((char *)(uintptr_t)written.data)[written.size] = '\0';
}

static bool is_new(const struct xml_node *node, text name)
{
    size_t count = 0;
    for (const struct xml_attribute *a = node->attributes; a; a = a->next, count++) {
        if (text_equals(a->name, name))
            return false;
    }
    return count < MOST_ATTRIBUTES;
}

static bool read_attribute(struct plain *plain, struct xml_node *node, struct xml_attribute ***link)
{
    size_t local;
    struct xml_attribute *attribute = arena_alloc_zeroed(plain->arena, sizeof *attribute);
    if (!attribute || !read_name(plain, &attribute->name, &local) || *plain->at != '=' ||
        !is_new(node, attribute->name))
        return false;
    char quote = plain->at[1];
    if (quote != '"' && quote != '\'')
        return false;
    char *start = plain->at + 2;
    plain->at = skip(start, VALUE);
    if (*plain->at != quote)
        return false;
    attribute->value = text_from(start, (size_t)(plain->at++ - start));
    end_text(attribute->name);
    end_text(attribute->value);
    **link = attribute;
    *link = &attribute->next;
    return true;
}

/* Up to its > or />. */
static bool read_attributes(struct plain *plain, struct xml_node *node)
{
    struct xml_attribute **link = &node->attributes;
    while (is(*plain->at, SPACE)) {
        plain->at = skip(plain->at, SPACE);
        if (*plain->at == '>' || *plain->at == '/')
            break;
        if (!read_attribute(plain, node, &link))
            return false;
    }
    return true;
}

static void hang(struct plain *plain, struct xml_node *node)
{
    struct open_element *parent = plain->depth ? &plain->open[plain->depth - 1] : NULL;
    if (!parent)
        return;
    if (parent->last_child)
        parent->last_child->next = node;
    else
        parent->node->first_child = node;
    parent->last_child = node;
}

/* Behind its <. Opened unless it is empty. */
static bool read_start(struct plain *plain, struct xml_node **root)
{
    text written;
    size_t local;
    struct xml_node *node = arena_alloc_zeroed(plain->arena, sizeof *node);
    if (!node || plain->depth == XML_MAX_DEPTH || !read_name(plain, &written, &local) ||
        !read_attributes(plain, node))
        return false;
    bool is_empty = *plain->at == '/';
    plain->at += is_empty;
    if (*plain->at++ != '>')
        return false;
    end_text(written);
    node->name = text_after(written, local);
    node->value = TEXT("");
    hang(plain, node);
    if (!plain->depth)
        *root = node;
    if (!is_empty)
        plain->open[plain->depth++] = (struct open_element){.node = node, .written = written};
    return true;
}

/* Behind its </. */
static bool read_end(struct plain *plain)
{
    if (!take(plain, plain->open[--plain->depth].written))
        return false;
    return *plain->at++ == '>';
}

/* What stands in the innermost element up to the next tag, and that tag. */
static bool read_on(struct plain *plain, struct xml_node **root)
{
    struct open_element *open = &plain->open[plain->depth - 1];
    if (open->last_child) {
        plain->at = skip(plain->at, SPACE);
        if (*plain->at++ != '<')
            return false;
    } else if (!read_characters(plain, &open->node->value)) {
        return false;
    }
    if (*plain->at != '/')
        return read_start(plain, root);
    plain->at++;
    return read_end(plain);
}

/* ---- Documents ------------------------------------------------------------------------------ */

static void skip_declaration(struct plain *plain)
{
    static const text declarations[] = {
        TEXT_INIT("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"),
        TEXT_INIT("<?xml version=\"1.0\" encoding=\"utf-8\"?>"),
        TEXT_INIT("<?xml version='1.0' encoding='UTF-8'?>"),
        TEXT_INIT("<?xml version='1.0' encoding='utf-8'?>"),
        TEXT_INIT("<?xml version=\"1.0\"?>"),
        TEXT_INIT("<?xml version='1.0'?>"),
    };
    for (size_t i = 0; i < COUNT_OF(declarations); i++) {
        if (take(plain, declarations[i]))
            return;
    }
}

struct xml_node *xml_plain_read(char *bytes, size_t size, struct arena *arena)
{
    struct plain plain = {.at = bytes, .end = bytes + size, .arena = arena};
    struct xml_node *root = NULL;
    *plain.end = '\0';
    skip_declaration(&plain);
    plain.at = skip(plain.at, SPACE);
    if (*plain.at++ != '<' || !read_start(&plain, &root))
        return NULL;
    while (plain.depth) {
        if (!read_on(&plain, &root))
            return NULL;
    }
    return skip(plain.at, SPACE) == plain.end ? root : NULL;
}
