/*
 * words: a command line as words, for credential_process. White space parts them; "double" and
 * 'single' quotes keep them together, a backslash takes the next character as it is (within double
 * quotes only a quote or a backslash): as a POSIX shell splits, and botocore after it.
 */
#ifndef IDENTITY_WORDS_H
#define IDENTITY_WORDS_H

#include "base/base.h"

enum { WORDS_MOST = 64 };

struct words {
    char *items[WORDS_MOST + 1]; /* ends with NULL, as execve() wants it */
    size_t count;
    bool for_shell; /* an unquoted | & ; < > ( ) ` or $: a shell is to run the line */
};

/* NULL, or what is wrong: "a quote that does not end". Everything is in arena. */
const char *words_split(struct words *words, text line, struct arena *arena) MUST_USE;

#endif
