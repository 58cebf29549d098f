#include "profiles.h"

struct parser {
    struct profiles *profiles;
    enum profile_file kind;
    const char *file;
    unsigned line;
    bool in_section;                 /* a [section] was seen, be it a valid one or not */
    struct profile_section *section; /* NULL: what follows is ignored */
    bool in_setting;                 /* a continuation may follow, be it ignored or not */
    struct profile_setting *setting; /* NULL: what follows is ignored */
    struct buffer value;             /* of the setting, once it has continuations */
    bool failed;                     /* no memory */
    const char *problem;
};

void profiles_init(struct profiles *profiles, struct arena *arena)
{
    profiles->arena = arena;
    for (int i = 0; i < SECTION_KINDS; i++)
        map_init(&profiles->sections[i], arena);
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

static bool is_comment(char byte)
{
    return byte == '#' || byte == ';';
}

/* Of a section: what can be seen, but for quotes. Stricter SDKs know no section of a name like
 * "müller" or "dev(eu)"; botocore does, and its users have them. */
static bool is_section_name(text name)
{
    for (size_t i = 0; i < name.size; i++) {
        unsigned char byte = (unsigned char)name.data[i];
        if (byte <= ' ' || byte == 0x7f || byte == '"' || byte == '\'')
            return false;
    }
    return name.size > 0;
}

static bool is_name(text name)
{
    static const char others[] = "_-/.%@:+";
    for (size_t i = 0; i < name.size; i++) {
        char byte = name.data[i];
        bool is_alphanumeric = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                               (byte >= '0' && byte <= '9');
        if (!is_alphanumeric && (byte == 0 || !strchr(others, byte)))
            return false;
    }
    return name.size > 0;
}

/* ---- Sections -------------------------------------------------------------------------------- */

/* Takes a word and the blanks that must follow it. */
static bool take_word(text *name, text word)
{
    if (!text_starts_with(*name, word) || name->size == word.size ||
        !is_blank(name->data[word.size]))
        return false;
    *name = text_trim(text_after(*name, word.size));
    return true;
}

/* A name in quotes may hold anything but quotes; botocore allows both kinds. */
static bool unquote(text *name)
{
    if (name->size == 0 || (name->data[0] != '"' && name->data[0] != '\''))
        return is_section_name(*name);
    char quote = name->data[0];
    text rest = text_after(*name, 1);
    size_t end = text_find(rest, quote);
    if (end == 0 || end + 1 != rest.size)
        return false;
    *name = text_from(rest.data, end);
    return true;
}

struct heading {
    enum section_kind kind;
    text name;
    bool prefixed;
};

static bool read_heading(enum profile_file file, text name, struct heading *heading)
{
    *heading = (struct heading){SECTION_PROFILE, name, false};
    if (file == PROFILE_CREDENTIALS)
        return is_section_name(name);
    if (text_equals(name, TEXT("default")))
        return true;
    if (take_word(&heading->name, TEXT("profile")))
        heading->prefixed = true;
    else if (take_word(&heading->name, TEXT("sso-session")))
        heading->kind = SECTION_SSO_SESSION;
    else if (take_word(&heading->name, TEXT("services")))
        heading->kind = SECTION_SERVICES;
    else
        return false;
    return unquote(&heading->name);
}

static struct profile_section *section_of(struct parser *parser, const struct heading *heading)
{
    struct map *sections = &parser->profiles->sections[heading->kind];
    struct profile_section *section = map_find(sections, heading->name);
    if (!section) {
        section = arena_alloc_zeroed(parser->profiles->arena, sizeof *section);
        if (!section || !map_put(sections, heading->name, section)) {
            parser->failed = true;
            return NULL;
        }
        section->name = heading->name;
        section->prefixed = heading->prefixed;
    }
    if (parser->kind == PROFILE_CREDENTIALS || heading->prefixed == section->prefixed)
        return section;
    if (!heading->prefixed)
        return NULL;
    section->prefixed = true;
    section->first = section->last = NULL;
    section->count = 0;
    return section;
}

static void read_section(struct parser *parser, text line)
{
    size_t end = 0;
    while (end < line.size && !is_comment(line.data[end]))
        end++;
    line = text_trim(text_from(line.data, end));
    parser->in_section = true;
    parser->in_setting = false;
    parser->section = NULL;
    if (line.data[line.size - 1] != ']') {
        parser->problem = "Profile definition must end with ']'";
        return;
    }
    struct heading heading;
    if (read_heading(parser->kind, text_trim(text_from(line.data + 1, line.size - 2)), &heading))
        parser->section = section_of(parser, &heading);
}

/* ---- Settings -------------------------------------------------------------------------------- */

/* A comment within a line begins after a blank. */
static text without_comment(text value)
{
    for (size_t i = 1; i < value.size; i++)
        if (is_comment(value.data[i]) && is_blank(value.data[i - 1]))
            return text_from(value.data, i);
    return value;
}

static text lower_case(struct parser *parser, text name)
{
    char *lower = arena_alloc(parser->profiles->arena, name.size);
    if (!lower) {
        parser->failed = true;
        return name;
    }
    for (size_t i = 0; i < name.size; i++) {
        char byte = name.data[i];
        lower[i] = byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
    }
    return text_from(lower, name.size);
}

static struct profile_setting *find(const struct profile_section *section, text name)
{
    struct profile_setting *setting = section->first;
    while (setting && !text_equals(setting->name, name))
        setting = setting->next;
    return setting;
}

static struct profile_setting *setting_of(struct parser *parser, text name)
{
    struct profile_section *section = parser->section;
    struct profile_setting *setting = find(section, name);
    if (setting)
        return setting;
    if (section->count == PROFILE_SETTINGS_MOST) {
        parser->problem = "Too many properties in this profile";
        return NULL;
    }
    setting = arena_alloc_zeroed(parser->profiles->arena, sizeof *setting);
    if (!setting) {
        parser->failed = true;
        return NULL;
    }
    setting->name = name;
    if (section->last)
        section->last->next = setting;
    else
        section->first = setting;
    section->last = setting;
    section->count++;
    return setting;
}

static void read_setting(struct parser *parser, text line)
{
    size_t equals = text_find(line, '=');
    text name = text_trim(text_from(line.data, equals));
    parser->in_setting = true;
    parser->setting = NULL;
    if (!parser->in_section) {
        parser->problem = "Expected a profile definition";
    } else if (!parser->section) {
        return;
    } else if (equals == line.size) {
        parser->problem = "Expected an '=' sign defining a property";
    } else if (name.size == 0) {
        parser->problem = "Property did not have a name";
    } else if (is_name(name)) {
        struct profile_setting *setting = setting_of(parser, lower_case(parser, name));
        if (!setting)
            return;
        text value = without_comment(text_after(line, equals));
        setting->value = text_trim(text_after(value, 1));
        setting->file = parser->file;
        setting->line = parser->line;
        setting->nested = setting->value.size == 0;
        parser->setting = setting;
        buffer_init(&parser->value, parser->profiles->arena);
    }
}

static const char *find_sub_problem(text line)
{
    size_t equals = text_find(line, '=');
    if (equals == line.size)
        return "Expected an '=' sign defining a sub-property";
    return equals == 0 ? "Sub-property did not have a name" : NULL;
}

static void read_continuation(struct parser *parser, text line)
{
    struct profile_setting *setting = parser->setting;
    if (!parser->in_section) {
        parser->problem = "Expected a profile definition";
        return;
    }
    if (!parser->in_setting) {
        parser->problem = parser->section ? "Expected a property definition" : NULL;
        return;
    }
    if (!setting)
        return;
    if (setting->nested && (parser->problem = find_sub_problem(line)))
        return;
    if (parser->value.size == 0 && setting->value.size)
        buffer_add(&parser->value, setting->value);
    buffer_add_char(&parser->value, '\n');
    buffer_add(&parser->value, line);
    parser->failed = !buffer_ok(&parser->value);
    setting->value = buffer_text(&parser->value);
}

/* ---- Lines ----------------------------------------------------------------------------------- */

static void read_line(struct parser *parser, text line)
{
    text trimmed = text_trim(line);
    if (trimmed.size == 0 || is_comment(line.data[0]))
        return;
    if (is_blank(line.data[0]))
        read_continuation(parser, trimmed);
    else if (line.data[0] == '[')
        read_section(parser, trimmed);
    else
        read_setting(parser, trimmed);
}

inia_status profiles_add(
    struct profiles *profiles, enum profile_file kind, const char *file, text contents,
    inia_error *error)
{
    struct parser parser = {.profiles = profiles, .kind = kind, .file = file};
    if (text_starts_with(contents, TEXT("\xef\xbb\xbf")))
        contents = text_after(contents, 3);
    for (text rest = contents; rest.data;) {
        text line = text_split(rest, '\n', &rest);
        parser.line++;
        read_line(&parser, line);
        if (parser.failed)
            return error_set(error, INIA_NO_MEMORY, "%s: no memory for all of it", file);
        if (parser.problem)
            return error_set(
                error, INIA_BAD_CONFIG, "%s:%u: %s", file, parser.line, parser.problem);
    }
    return INIA_OK;
}

const struct profile_section *profiles_find(
    const struct profiles *profiles, enum section_kind kind, text name)
{
    return name.data ? map_find(&profiles->sections[kind], name) : NULL;
}

const struct profile_setting *profile_setting_find(const struct profile_section *section, text name)
{
    return section ? find(section, name) : NULL;
}

text profile_sub_setting(text nested, text name)
{
    text found = {NULL, 0};
    for (text rest = nested; rest.data;) {
        text value, line = text_split(rest, '\n', &rest);
        text key = text_trim(text_split(line, '=', &value));
        if (value.data && text_equals_ignoring_case(key, name))
            found = text_trim(value);
    }
    return found;
}
