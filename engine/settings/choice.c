#include "choice.h"

static const char by_program[] = "program";

/* Always false. */
static bool refuse(
    struct setting setting, const struct setting_names *names, const char *wanted,
    inia_error *error)
{
    char memory[160];
    struct buffer origin;
    buffer_init_fixed(&origin, memory, sizeof memory);
    setting_write_origin(&origin, setting);
    (void)error_set(
        error, INIA_BAD_CONFIG, "%.*s: %s is '%.*s': %s is wanted", TEXT_ARGS(buffer_text(&origin)),
        names->key, setting.value.size < 64 ? (int)setting.value.size : 64, setting.value.data,
        wanted);
    return false;
}

text choice_text(
    const struct settings *settings, const struct setting_names *names, const char *given)
{
    if (given && *given) {
        choice_tell(settings, names->key, text_of(given), by_program);
        return text_of(given);
    }
    struct setting setting = settings_find(settings, names);
    choice_tell_setting(settings, names->key, setting);
    return setting.value;
}

bool choice_flag(
    const struct settings *settings, const struct setting_names *names, bool given, bool fallback,
    bool *chosen, inia_error *error)
{
    *chosen = true;
    if (given) {
        choice_tell(settings, names->key, TEXT("true"), by_program);
        return true;
    }
    struct setting setting = settings_find(settings, names);
    bool is_true = setting_is_true(setting, false);
    if (setting.value.size && is_true != setting_is_true(setting, true))
        return refuse(setting, names, "true or false", error);
    *chosen = setting.value.size ? is_true : fallback;
    if (setting.value.size)
        choice_tell_setting(settings, names->key, setting);
    else
        choice_tell(settings, names->key, fallback ? TEXT("true") : TEXT("false"), NULL);
    return true;
}

static void tell_number(
    const struct settings *settings, const char *name, uint64_t number, const char *origin)
{
    char digits[24];
    struct buffer out;
    buffer_init_fixed(&out, digits, sizeof digits);
    buffer_add_u64(&out, number);
    choice_tell(settings, name, buffer_text(&out), origin);
}

bool choice_number(
    const struct settings *settings, const struct setting_names *names, uint64_t given,
    struct choice_range range, uint64_t *chosen, inia_error *error)
{
    struct setting setting = given ? (struct setting){0} : settings_find(settings, names);
    *chosen = given ? given : range.fallback;
    if (!setting.value.size) {
        tell_number(settings, names->key, *chosen, given ? by_program : NULL);
        return true;
    }
    if (text_to_u64(setting.value, chosen) && *chosen >= range.least && *chosen <= range.most) {
        choice_tell_setting(settings, names->key, setting);
        return true;
    }
    char wanted[80];
    struct buffer out;
    buffer_init_fixed(&out, wanted, sizeof wanted);
    buffer_add_format(
        &out, "a number from %llu to %llu", (unsigned long long)range.least,
        (unsigned long long)range.most);
    return refuse(setting, names, buffer_string(&out), error);
}

bool choice_word(
    const struct settings *settings, const struct setting_names *names, int given,
    const struct choice_words *words, int *chosen, inia_error *error)
{
    *chosen = given;
    if (given != CHOICE_NONE) {
        choice_tell(settings, names->key, text_of(words->words[given]), by_program);
        return true;
    }
    struct setting setting = settings_find(settings, names);
    if (!setting.value.size) {
        if (words->fallback)
            choice_tell(settings, names->key, text_of(words->fallback), NULL);
        return true;
    }
    for (int i = 0; i < words->count; i++) {
        if (text_equals_ignoring_case(setting.value, text_of(words->words[i]))) {
            *chosen = i;
            choice_tell_setting(settings, names->key, setting);
            return true;
        }
    }
    return refuse(setting, names, words->wanted, error);
}

void choice_tell_setting(const struct settings *settings, const char *name, struct setting setting)
{
    char memory[4096];
    struct buffer origin;
    if (!choice_is_told(settings))
        return;
    buffer_init_fixed(&origin, memory, sizeof memory);
    setting_write_origin(&origin, setting);
    choice_tell(settings, name, setting.value, setting.value.size ? buffer_string(&origin) : NULL);
}
