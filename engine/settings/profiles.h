/*
 * profiles: the files ~/.aws/config and ~/.aws/credentials, parsed from bytes as the SDKs specify.
 *
 * Both files merge into one set of profiles; the credentials file has the last word on a setting.
 * What a section or setting with an invalid name says is ignored, as the SDKs do; a line that is
 * none of a section, a setting or a continuation is an error, with the file and line.
 */
#ifndef SETTINGS_PROFILES_H
#define SETTINGS_PROFILES_H

#include "base/base.h"

enum { PROFILE_SETTINGS_MOST = 4096 }; /* in one section */

enum profile_file { PROFILE_CONFIG, PROFILE_CREDENTIALS };

enum section_kind {
    SECTION_PROFILE,     /* [default], [profile NAME]; in the credentials file [NAME] */
    SECTION_SSO_SESSION, /* [sso-session NAME] */
    SECTION_SERVICES,    /* [services NAME] */
    SECTION_KINDS,
};

struct profile_setting {
    text name;  /* lower case */
    text value; /* a nested one: a line break before each of its lines */
    const char *file;
    unsigned line;
    bool nested;
    struct profile_setting *next;
};

struct profile_section {
    text name;
    bool prefixed; /* was [profile default], which drops a bare [default] */
    struct profile_setting *first, *last;
    size_t count;
};

struct profiles {
    struct arena *arena;
    struct map sections[SECTION_KINDS]; /* name -> struct profile_section */
};

void profiles_init(struct profiles *profiles, struct arena *arena);

/* Adds one file, the config first. contents and file (its name, for messages) must live as long as
 * profiles. INIA_BAD_CONFIG with "file:line: what is wrong"; INIA_NO_MEMORY. */
inia_status profiles_add(
    struct profiles *profiles, enum profile_file kind, const char *file, text contents,
    inia_error *error) MUST_USE;

/* NULL if there is none. */
const struct profile_section *profiles_find(
    const struct profiles *profiles, enum section_kind kind, text name);
const struct profile_setting *profile_setting_find(
    const struct profile_section *section, text name); /* section may be NULL */

/* A value within a nested one: profile_sub_setting(s3->value, TEXT("addressing_style")). */
text profile_sub_setting(text nested, text name);

#endif
