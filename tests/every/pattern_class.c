#include "pattern_class.h"

#include "formats/formats.h"

#include <stdlib.h>

struct named {
    const char *name;
    const char *ranges; /* pairs of characters */
};

/* A few of each suffice: characters are only made, never judged. */
static const struct named categories[] = {
    {"L", "azAZ"},
    {"Lu", "AZ"},
    {"Ll", "az"},
    {"Lo", "azAZ"},
    {"M", "azAZ"},
    {"N", "09"},
    {"Nd", "09"},
    {"P", "--__..::"},
    {"Pd", "--"},
    {"S", "++=="},
    {"Sc", "$$"},
    {"Z", "  "},
    {"Zs", "  "},
    {"Alnum", "azAZ09"},
    {"Alpha", "azAZ"},
    {"Digit", "09"},
    {"ASCII", " ~"},
    {"Print", " ~"},
    {"Graph", "!~"},
    {"Punct", "--__.."},
    {"alnum", "azAZ09"},
    {"alpha", "azAZ"},
    {"digit", "09"},
    {"print", " ~"},
    {"graph", "!~"},
    {"punct", "--__.."},
    {"upper", "AZ"},
    {"lower", "az"},
    {"space", "  "},
    {"blank", "  "},
    {"xdigit", "09af"},
    {"cntrl", "\x01\x1F"},
    {"word", "azAZ09__"},
    {"Pc", "__"},
    {"IsAlphabetic", "azAZ"},
    {"IsDigit", "09"},
    {"XDigit", "09af"},
    {"Upper", "AZ"},
    {"Lower", "az"},
    {"Space", "  "},
    {"C", "\x01\x1F"},
    {"Cc", "\x01\x1F"},
    {"Sm", "++"},
    {"L&", "azAZ"},
    {"Mn", "azAZ"},
    {"Zl", "  "},
    {"Po", ".."},
    {"Ps", "(("},
    {"Pe", "))"},
    {"IsLatin", "azAZ"},
    {"So", "++"},
};

static bool add(struct pattern_class *class, uint32_t from, uint32_t to)
{
    if (class->count == PATTERN_RANGES || from > to)
        return false;
    class->ranges[class->count].from = from;
    class->ranges[class->count++].to = to;
    return true;
}

static bool add_ranges(struct pattern_class *class, const char *pairs)
{
    for (; pairs[0]; pairs += 2)
        if (!add(class, (unsigned char)pairs[0], (unsigned char)pairs[1]))
            return false;
    return true;
}

/* What a category does not have, as far as ASCII goes. */
static bool add_others(struct pattern_class *class, const char *pairs)
{
    uint32_t start = ' ';
    for (uint32_t c = ' '; c <= 127; c++) {
        bool has = c == 127;
        for (const char *pair = pairs; pair[0]; pair += 2)
            has = has || (c >= (unsigned char)pair[0] && c <= (unsigned char)pair[1]);
        if (has && c > start && !add(class, start, c - 1))
            return false;
        start = has ? c + 1 : start;
    }
    return true;
}

static const char *category_of(text name)
{
    for (size_t i = 0; i < COUNT_OF(categories); i++)
        if (text_equals(name, text_of(categories[i].name)))
            return categories[i].ranges;
    return NULL;
}

/* \p{L}, \pL and \P: the size, 0 if not understood. */
static size_t read_category(struct pattern_class *class, text pattern)
{
    bool braced = pattern.size > 3 && pattern.data[2] == '{';
    size_t end = braced ? text_find(pattern, '}') : 3;
    if (pattern.size < 3 || end > pattern.size)
        return 0;
    text name = {pattern.data + 2 + braced, end - 2 - braced};
    const char *pairs = category_of(name);
    bool other = pattern.data[1] == 'P';
    if (!pairs || !(other ? add_others(class, pairs) : add_ranges(class, pairs)))
        return 0;
    return end + braced;
}

static size_t read_hex(text digits, size_t count, uint32_t *character)
{
    char room[8] = "";
    char *end;
    if (digits.size < count || count >= sizeof room)
        return 0;
    memcpy(room, digits.data, count);
    *character = (uint32_t)strtoul(room, &end, 16);
    return end == room + count ? count : 0;
}

static size_t read_plain(text pattern, uint32_t *character)
{
    size_t size = utf8_sequence_size(pattern);
    const unsigned char *bytes = (const unsigned char *)pattern.data;
    if (!size)
        return 0;
    *character = size == 1 ? bytes[0] : bytes[0] & (0x7Fu >> size);
    for (size_t i = 1; i < size; i++)
        *character = *character << 6 | (bytes[i] & 0x3Fu);
    return size;
}

/* A character, escaped or not: the size; 0: it is none. */
static size_t read_character(text pattern, uint32_t *character)
{
    static const char controls[] = "t\tn\nr\rf\fv\v0";
    if (pattern.size < 2 || pattern.data[0] != '\\')
        return read_plain(pattern, character);
    char kind = pattern.data[1];
    text rest = text_after(pattern, 2);
    size_t size;
    if (kind == 'u' || kind == 'x') {
        bool braced = rest.size && rest.data[0] == '{';
        size_t digits = braced ? text_find(rest, '}') - 1 : (kind == 'u' ? 4 : 2);
        size = read_hex(braced ? text_after(rest, 1) : rest, digits, character);
        return size ? 2 + size + 2 * (size_t)braced : 0;
    }
    for (size_t i = 0; i < sizeof controls - 1; i += 2)
        if (controls[i] == kind) {
            *character = (unsigned char)controls[i + 1];
            return 2;
        }
    bool letter = (kind >= 'a' && kind <= 'z') || (kind >= 'A' && kind <= 'Z');
    *character = (unsigned char)kind;
    return letter ? 0 : 2;
}

/* \d and its like. */
static size_t read_shorthand(struct pattern_class *class, text pattern)
{
    static const struct named shorthands[] = {{"\\d", "09"}, {"\\w", "azAZ09__"}, {"\\s", "  "}};
    static const struct named others[] = {{"\\D", "09"}, {"\\W", "azAZ09__"}, {"\\S", "  "}};
    if (text_starts_with(pattern, TEXT("\\p")) || text_starts_with(pattern, TEXT("\\P")))
        return read_category(class, pattern);
    for (size_t i = 0; i < COUNT_OF(shorthands); i++) {
        if (text_starts_with(pattern, text_of(shorthands[i].name)))
            return add_ranges(class, shorthands[i].ranges) ? 2 : 0;
        if (text_starts_with(pattern, text_of(others[i].name)))
            return add_others(class, others[i].ranges) ? 2 : 0;
    }
    return 0;
}

static size_t read_posix(struct pattern_class *class, text pattern)
{
    size_t end = text_find_text(pattern, TEXT(":]"));
    if (!text_starts_with(pattern, TEXT("[:")) || end == SIZE_MAX)
        return 0;
    const char *pairs = category_of((text){pattern.data + 2, end - 2});
    return pairs && add_ranges(class, pairs) ? end + 2 : 0;
}

static bool is_half(uint32_t character)
{
    return character >= 0xD800 && character < 0xE000;
}

static size_t read_range(struct pattern_class *class, text pattern)
{
    uint32_t from, to;
    size_t size = read_character(pattern, &from), more = 0;
    text rest = text_after(pattern, size);
    if (size && rest.size > 1 && rest.data[0] == '-' && rest.data[1] != ']')
        more = read_character(text_after(rest, 1), &to);
    if (more && is_half(from) && is_half(to)) /* of UTF-16: beyond what is made here */
        return size + 1 + more;
    if (!more)
        return size && add(class, from, from) ? size : 0;
    return add(class, from, to) ? size + 1 + more : 0;
}

static size_t read_brackets(struct pattern_class *class, text pattern)
{
    size_t at = 1;
    class->negated = pattern.size > 1 && pattern.data[1] == '^';
    at += class->negated;
    for (size_t start = at; at < pattern.size;) {
        text rest = text_after(pattern, at);
        if (rest.data[0] == ']' && at > start)
            return at + 1;
        if (text_starts_with(rest, TEXT("&&")) ||
            (rest.data[0] == '[' && !text_starts_with(rest, TEXT("[:"))))
            return 0;
        size_t size = rest.data[0] == '[' ? read_posix(class, rest) : read_shorthand(class, rest);
        if (!size)
            size = read_range(class, rest);
        if (!size)
            return 0;
        at += size;
    }
    return 0;
}

size_t pattern_class_read(struct pattern_class *class, text pattern)
{
    class->count = 0;
    class->negated = false;
    if (pattern.size == 0)
        return 0;
    if (pattern.data[0] == '[')
        return read_brackets(class, pattern);
    if (pattern.data[0] == '.')
        return add(class, ' ', '~') ? 1 : 0;
    size_t size = read_shorthand(class, pattern);
    if (size)
        return size;
    uint32_t character;
    size = read_character(pattern, &character);
    return size && add(class, character, character) ? size : 0;
}

static bool is_in(const struct pattern_class *class, uint32_t character)
{
    bool found = false;
    for (size_t i = 0; i < class->count; i++)
        found = found || (character >= class->ranges[i].from && character <= class->ranges[i].to);
    return found != class->negated;
}

bool pattern_class_choose(const struct pattern_class *class, uint32_t number, uint32_t *character)
{
    static const char liked[] = "aZ09bY18cX27dW36eV45fU-_./"
                                ":gThSiRjQkPlOmNnMoLpKqJrIsHtGuFvEwDxCyBzA@+=,;&%$#!?*()[]{}<>'\"|"
                                "\\^`~ ";
    for (uint32_t i = 0; i < sizeof liked - 1; i++) {
        *character = (unsigned char)liked[(number * 7 + i) % (sizeof liked - 1)];
        if (is_in(class, *character))
            return true;
    }
    *character = class->count ? class->ranges[number % class->count].from : 0;
    return class->count && !class->negated && !is_half(*character) && *character;
}

void pattern_put(struct buffer *out, uint32_t character)
{
    if (character < 0x80) {
        buffer_add_char(out, (char)character);
    } else if (character < 0x800) {
        buffer_add_char(out, (char)(0xC0 | character >> 6));
        buffer_add_char(out, (char)(0x80 | (character & 0x3F)));
    } else if (character < 0x10000) {
        buffer_add_char(out, (char)(0xE0 | character >> 12));
        buffer_add_char(out, (char)(0x80 | (character >> 6 & 0x3F)));
        buffer_add_char(out, (char)(0x80 | (character & 0x3F)));
    } else {
        buffer_add_char(out, (char)(0xF0 | character >> 18));
        buffer_add_char(out, (char)(0x80 | (character >> 12 & 0x3F)));
        buffer_add_char(out, (char)(0x80 | (character >> 6 & 0x3F)));
        buffer_add_char(out, (char)(0x80 | (character & 0x3F)));
    }
}
