/*
 * token_file: small local files with tokens: the caches of SSO and login, web identities.
 *
 * A fetch reads them without blocking (fetch_begin_file()); while a client is made they are read
 * in place. They are written in place, into the kernel's cache: it is not waited for the disk.
 */
#ifndef IDENTITY_TOKEN_FILE_H
#define IDENTITY_TOKEN_FILE_H

#include "base/base.h"

enum { TOKEN_FILE_MOST = 64 << 10 }; /* bytes */

/* Of regular files alone: who writes into a pipe may never do so. NULL: *fd is the caller's to
 * close; else why not, in words. */
const char *token_file_open(const char *path, int *fd) MUST_USE;

/* The whole of it in arena, without white space around it; absent: it cannot be read. */
text token_file_read(const char *path, struct arena *arena);
/* Replaces it at once, readable by the owner alone. false: errno says why. */
bool token_file_write(const char *path, text contents) MUST_USE;

#endif
