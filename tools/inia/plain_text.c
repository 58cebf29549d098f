#include "plain_text.h"

#include "formats/formats.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Where text goes: words are gathered and put on lines as they end. */
struct page {
    struct buffer *out;
    struct buffer word;
    size_t indent, width; /* of all lines */
    size_t column;        /* of the line's end; 0: nothing is on it yet */
    size_t word_columns;
    size_t depth;       /* of lists: 2 columns each */
    bool blank_due;     /* an empty line before the next word, if one was written */
    bool written;       /* anything at all */
    bool hanging;       /* the line starts with a mark, its text is in place */
    bool keep_spaces;   /* within <pre> */
    bool space_waiting; /* between the last word and the next */
    size_t numbers[PLAIN_TEXT_MAX_LISTS + 1]; /* of ordered lists; SIZE_MAX: no numbers */
    text address;                             /* of the link that is open; absent: none */
};

/* ---- Lines ---------------------------------------------------------------------------- */

static size_t margin(const struct page *page)
{
    size_t depth = page->depth < PLAIN_TEXT_MAX_LISTS ? page->depth : PLAIN_TEXT_MAX_LISTS;
    return page->indent + 2 * depth;
}

static void add_spaces(struct buffer *out, size_t count)
{
    while (count--)
        buffer_add_char(out, ' ');
}

static void end_line(struct page *page)
{
    if (page->column)
        buffer_add_char(page->out, '\n');
    page->column = 0;
    page->space_waiting = false;
}

/* The line's indentation; less is how much of it a mark takes. */
static void start_line(struct page *page, size_t less)
{
    if (page->blank_due && page->written)
        buffer_add_char(page->out, '\n');
    page->blank_due = false;
    page->column = margin(page) - less;
    add_spaces(page->out, page->column);
    page->written = true;
}

static bool fits(const struct page *page, size_t columns)
{
    size_t end = page->width;
    if (end < margin(page) + PLAIN_TEXT_MIN_WIDTH)
        end = margin(page) + PLAIN_TEXT_MIN_WIDTH;
    return page->column + columns <= end;
}

static void put_word(struct page *page)
{
    if (!page->word_columns)
        return;
    if (page->column && !page->hanging && !page->keep_spaces &&
        !fits(page, page->space_waiting + page->word_columns))
        end_line(page);
    if (!page->column) {
        start_line(page, 0);
    } else if (page->space_waiting && !page->hanging) {
        buffer_add_char(page->out, ' ');
        page->column++;
    }
    buffer_add(page->out, buffer_text(&page->word));
    page->column += page->word_columns;
    page->word_columns = 0;
    page->hanging = page->space_waiting = false;
    buffer_clear(&page->word);
}

static void end_block(struct page *page, bool blank)
{
    put_word(page);
    if (!page->hanging)
        end_line(page);
    page->space_waiting = false;
    page->blank_due = (page->blank_due || blank) && !page->hanging;
}

/* "*" or "3." at the start of a line, in the indentation that its text has. */
static void put_mark(struct page *page, text mark)
{
    end_block(page, false);
    end_line(page);
    size_t less = mark.size + 1 < margin(page) ? mark.size + 1 : margin(page);
    start_line(page, less);
    buffer_add(page->out, mark);
    buffer_add_char(page->out, ' ');
    page->column += mark.size + 1;
    page->hanging = true;
}

static void add_byte(struct page *page, char byte)
{
    unsigned char c = (unsigned char)byte;
    if (c == '\n' && page->keep_spaces) {
        put_word(page);
        end_line(page);
    } else if (c == ' ' && page->keep_spaces) {
        buffer_add_char(&page->word, ' ');
        page->word_columns++;
    } else if (c <= ' ' || c == 0x7f) {
        put_word(page);
        page->space_waiting = page->column != 0;
    } else {
        buffer_add_char(&page->word, byte);
        page->word_columns += (c & 0xc0) != 0x80;
    }
}

/* The bytes of one character, of any if they are foreign; how many were taken. */
static size_t add_character(struct page *page, text bytes)
{
    size_t size = utf8_sequence_size(bytes);
    bool control = size == 2 && bytes.data[0] == (char)0xc2 && (unsigned char)bytes.data[1] < 0xa0;
    for (size_t i = 0; i < size && !control; i++)
        add_byte(page, bytes.data[i]);
    return size ? size : 1;
}

static void add_text(struct page *page, text bytes)
{
    while (bytes.size)
        bytes = text_after(bytes, add_character(page, bytes));
}

/* ---- Entities -------------------------------------------------------------------------- */

static void add_code_point(struct page *page, unsigned long code)
{
    /* Windows' dashes and quotes, which some authors take for Latin-1. */
    if (code == 0x96 || code == 0x97)
        code = code == 0x96 ? 0x2013 : 0x2014;
    else if (code >= 0x91 && code <= 0x94)
        code = (code < 0x93 ? 0x2018 - 0x91 : 0x201c - 0x93) + code;
    if (code == 0xa0 || code == 0x2028 || code == 0x2029)
        code = ' ';
    char bytes[4];
    size_t size =
        code > 0x10ffff || (code >= 0x80 && code < 0xa0) ? 0 : utf8_encode((uint32_t)code, bytes);
    for (size_t i = 0; i < size; i++)
        add_byte(page, bytes[i]);
}

static bool add_numbered(struct page *page, text name)
{
    char digits[8], *end;
    bool hex = name.size > 1 && (name.data[1] | 0x20) == 'x';
    name = text_after(name, hex ? 2 : 1);
    if (!name.size || name.size >= sizeof digits)
        return false;
    memcpy(digits, name.data, name.size);
    digits[name.size] = '\0';
    unsigned long code = strtoul(digits, &end, hex ? 16 : 10);
    if (*end || digits[0] == '-' || digits[0] == '+')
        return false;
    add_code_point(page, code);
    return true;
}

/* name: between & and ;. */
static bool add_entity(struct page *page, text name)
{
    static const struct entity {
        const char *name;
        unsigned code;
    } entities[] = {{"lt", '<'},       {"gt", '>'},       {"amp", '&'},      {"quot", '"'},
                    {"apos", '\''},    {"nbsp", 0xa0},    {"copy", 0xa9},    {"reg", 0xae},
                    {"trade", 0x2122}, {"mdash", 0x2014}, {"ndash", 0x2013}, {"hellip", 0x2026},
                    {"lsquo", 0x2018}, {"rsquo", 0x2019}, {"ldquo", 0x201c}, {"rdquo", 0x201d},
                    {"times", 0xd7},   {"bull", 0x2022},  {"middot", 0xb7},  {"deg", 0xb0},
                    {"le", 0x2264},    {"ge", 0x2265},    {"rarr", 0x2192},  {"micro", 0xb5}};
    if (name.size > 1 && name.data[0] == '#')
        return add_numbered(page, name);
    for (size_t i = 0; i < COUNT_OF(entities); i++) {
        if (text_equals(name, text_of(entities[i].name))) {
            add_code_point(page, entities[i].code);
            return true;
        }
    }
    return false;
}

/* ---- Tags ------------------------------------------------------------------------------ */

enum tag {
    TAG_UNKNOWN,
    TAG_INLINE, /* changes nothing that a terminal shows */
    TAG_PARAGRAPH,
    TAG_BREAK,
    TAG_LIST,
    TAG_NUMBERED,
    TAG_TERMS,
    TAG_ITEM,
    TAG_TERM,
    TAG_MEANING,
    TAG_NOTE,
    TAG_IMPORTANT,
    TAG_PRE,
    TAG_CELL,
    TAG_LINK,
};

static enum tag tag_of(text name)
{
    static const struct known {
        const char *name;
        enum tag tag;
    } known[] = {
        {"p", TAG_PARAGRAPH},
        {"para", TAG_PARAGRAPH},
        {"div", TAG_PARAGRAPH},
        {"h1", TAG_PARAGRAPH},
        {"h2", TAG_PARAGRAPH},
        {"h3", TAG_PARAGRAPH},
        {"h4", TAG_PARAGRAPH},
        {"table", TAG_PARAGRAPH},
        {"fullname", TAG_PARAGRAPH},
        {"blockquote", TAG_PARAGRAPH},
        {"tr", TAG_BREAK},
        {"br", TAG_BREAK},
        {"td", TAG_CELL},
        {"th", TAG_CELL},
        {"ul", TAG_LIST},
        {"ol", TAG_NUMBERED},
        {"dl", TAG_TERMS},
        {"li", TAG_ITEM},
        {"dt", TAG_TERM},
        {"dd", TAG_MEANING},
        {"note", TAG_NOTE},
        {"important", TAG_IMPORTANT},
        {"pre", TAG_PRE},
        {"a", TAG_LINK},
        {"ulink", TAG_LINK},
        {"code", TAG_INLINE},
        {"i", TAG_INLINE},
        {"b", TAG_INLINE},
        {"em", TAG_INLINE},
        {"strong", TAG_INLINE},
        {"u", TAG_INLINE},
        {"span", TAG_INLINE},
        {"replaceable", TAG_INLINE},
        {"filename", TAG_INLINE},
        {"function", TAG_INLINE},
        {"emphasis", TAG_INLINE},
        {"zonbook", TAG_INLINE},
        {"xhtml", TAG_INLINE},
        {"tbody", TAG_INLINE},
        {"thead", TAG_INLINE},
        {"sup", TAG_INLINE},
        {"sub", TAG_INLINE}};
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (text_equals_ignoring_case(name, text_of(known[i].name)))
            return known[i].tag;
    }
    return TAG_UNKNOWN;
}

/* The address of <a href="...">; absent if there is none to show. */
static text address_of(text attributes)
{
    size_t at = text_find_text(attributes, TEXT("href="));
    if (at == SIZE_MAX)
        at = text_find_text(attributes, TEXT("url="));
    if (at == SIZE_MAX)
        return (text){NULL, 0};
    text rest = text_after(attributes, at);
    rest = text_after(rest, text_find(rest, '=') + 1);
    if (!rest.size || (rest.data[0] != '"' && rest.data[0] != '\''))
        return (text){NULL, 0};
    text value = {rest.data + 1, text_find(text_after(rest, 1), rest.data[0])};
    return text_starts_with(value, TEXT("http")) ? value : (text){NULL, 0};
}

static void close_link(struct page *page)
{
    if (page->address.data) {
        add_text(page, TEXT(" <"));
        add_text(page, page->address);
        add_byte(page, '>');
    }
    page->address = (text){NULL, 0};
}

static void open_list(struct page *page, bool closing, bool numbered)
{
    end_block(page, page->depth == 0);
    page->hanging = false;
    end_line(page);
    if (!closing) {
        page->depth++;
        if (page->depth <= PLAIN_TEXT_MAX_LISTS)
            page->numbers[page->depth] = numbered ? 0 : SIZE_MAX;
        return;
    }
    page->depth -= page->depth > 0;
    page->blank_due = page->depth == 0;
}

static void open_item(struct page *page)
{
    size_t *number =
        page->depth && page->depth <= PLAIN_TEXT_MAX_LISTS ? &page->numbers[page->depth] : NULL;
    char mark[24] = "*";
    if (number && *number != SIZE_MAX) {
        struct buffer written;
        buffer_init_fixed(&written, mark, sizeof mark);
        buffer_add_u64(&written, ++*number);
        buffer_add_char(&written, '.');
        buffer_string(&written);
    }
    put_mark(page, text_of(mark));
}

/* A paragraph within an item of a list is kept close; the others get an empty line. */
static void handle_block(struct page *page, enum tag tag, bool closing)
{
    switch (tag) {
    case TAG_LIST:
    case TAG_NUMBERED:
        open_list(page, closing, tag == TAG_NUMBERED);
        break;
    case TAG_ITEM:
        if (!closing)
            open_item(page);
        else
            end_block(page, false);
        break;
    case TAG_MEANING:
        end_block(page, false);
        page->depth = closing ? page->depth - (page->depth > 0) : page->depth + 1;
        break;
    case TAG_NOTE:
    case TAG_IMPORTANT:
        end_block(page, page->depth == 0);
        if (!closing) {
            add_text(page, tag == TAG_NOTE ? TEXT("Note: ") : TEXT("Important: "));
            put_word(page);
            page->hanging = true;
            buffer_add_char(page->out, ' ');
            page->column++;
        }
        break;
    default:
        end_block(page, tag != TAG_BREAK && tag != TAG_TERM && page->depth == 0);
        page->keep_spaces = tag == TAG_PRE && !closing;
    }
}

/* inside: what is between < and >. false: it is no tag, but text. */
static bool handle_tag(struct page *page, text inside)
{
    bool closing = inside.size && inside.data[0] == '/';
    text name = text_trim(text_after(inside, closing));
    size_t end = 0;
    while (end < name.size && name.data[end] > ' ' && name.data[end] != '/')
        end++;
    text attributes = text_after(name, end);
    enum tag tag = tag_of((text){name.data, end});
    if (text_starts_with(inside, TEXT("!--")))
        return true;
    if (tag == TAG_UNKNOWN)
        return false;
    if (tag == TAG_LINK) {
        close_link(page);
        page->address = closing ? (text){NULL, 0} : address_of(attributes);
    } else if (tag == TAG_CELL) {
        add_byte(page, ' ');
    } else if (tag != TAG_INLINE) {
        handle_block(page, tag, closing);
    }
    return true;
}

/* ---- The whole ------------------------------------------------------------------------- */

/* What is special about the bytes from here on; how many of them were taken. */
static size_t handle_special(struct page *page, text rest)
{
    enum { LONGEST_ENTITY = 10, LONGEST_TAG = 2048 };
    char opening = rest.data[0], closing = opening == '<' ? '>' : ';';
    size_t most = opening == '<' ? LONGEST_TAG : LONGEST_ENTITY;
    text near = {rest.data + 1, (rest.size < most ? rest.size : most) - 1};
    size_t size = text_find(near, closing);
    text inside = {near.data, size};
    bool taken = size && size < near.size &&
                 (opening == '<' ? handle_tag(page, inside) : add_entity(page, inside));
    if (!taken)
        add_byte(page, opening);
    return taken ? size + 2 : 1;
}

static void page_open(struct page *page, struct buffer *out, size_t indent, size_t width)
{
    *page = (struct page){.out = out, .indent = indent, .width = width};
    buffer_init(&page->word, out->arena);
}

static void page_close(struct page *page)
{
    close_link(page);
    put_word(page);
    end_line(page);
    if (!buffer_ok(&page->word))
        page->out->failed = true;
}

void plain_text_write(struct buffer *out, text html, size_t indent, size_t width)
{
    struct page page;
    page_open(&page, out, indent, width);
    while (html.size && buffer_ok(out)) {
        bool special = html.data[0] == '<' || html.data[0] == '&';
        html = text_after(html, special ? handle_special(&page, html) : add_character(&page, html));
    }
    page_close(&page);
}

void plain_text_wrap(struct buffer *out, text plain, size_t indent, size_t width)
{
    struct page page;
    page_open(&page, out, indent, width);
    while (plain.size) {
        add_text(&page, text_split(plain, ' ', &plain));
        add_byte(&page, ' ');
        page.depth = 2; /* what follows the first line stands further in */
    }
    page_close(&page);
}

size_t plain_text_width(void)
{
    enum { NARROWEST = 40, USUAL = 80, WIDEST = 100 };
    struct winsize size;
    size_t columns = USUAL;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col)
        columns = size.ws_col;
    return columns < NARROWEST ? NARROWEST : columns > WIDEST ? WIDEST : columns;
}
