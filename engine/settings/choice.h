/*
 * choice: the value that counts: what the program says, else what the settings say, else a default.
 * Who asked to be told (settings_config.tell) hears of each with its name, value and origin. A
 * value that is none of its setting's own is refused, with the variable or the file and line.
 */
#ifndef SETTINGS_CHOICE_H
#define SETTINGS_CHOICE_H

#include "settings.h"

enum { CHOICE_NONE = -1 };

/* Absent: nobody says anything. given: the program's; NULL or "": nothing. */
text choice_text(
    const struct settings *settings, const struct setting_names *names, const char *given);

/* true or false, in either case. given: the program's; false: it says nothing. fallback counts when
 * nobody says anything. false with *error: INIA_BAD_CONFIG. */
bool choice_flag(
    const struct settings *settings, const struct setting_names *names, bool given, bool fallback,
    bool *chosen, inia_error *error) MUST_USE;

struct choice_range {
    uint64_t least, most, fallback;
};

/* given: the program's; 0: nothing, else the caller has looked at it. */
bool choice_number(
    const struct settings *settings, const struct setting_names *names, uint64_t given,
    struct choice_range range, uint64_t *chosen, inia_error *error) MUST_USE;

struct choice_words {
    const char *const *words; /* compared without regard to case */
    int count;
    const char *wanted;   /* "true, false or auto": for the message */
    const char *fallback; /* told when nobody says anything; NULL: nothing is told */
};

/* *chosen: the place of the word, CHOICE_NONE: nobody says anything. given: the program's. */
bool choice_word(
    const struct settings *settings, const struct setting_names *names, int given,
    const struct choice_words *words, int *chosen, inia_error *error) MUST_USE;

/* Tells of a value that was chosen elsewhere. origin NULL: a default; value absent: none. */
void choice_tell(const struct settings *settings, const char *name, text value, const char *origin);
void choice_tell_setting(const struct settings *settings, const char *name, struct setting setting);

/* Whether anybody asked to be told: else there is no use in making up what to tell. */
bool choice_is_told(const struct settings *settings);

#endif
