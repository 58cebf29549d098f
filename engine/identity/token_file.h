/* token_file: small local files with tokens: the caches of SSO and login, web identities. Read and
 * written in place, which may block for as long as the disk does. */
#ifndef IDENTITY_TOKEN_FILE_H
#define IDENTITY_TOKEN_FILE_H

#include "base/base.h"

enum { TOKEN_FILE_MOST = 64 << 10 }; /* bytes */

/* The whole of it in arena, without white space around it; absent: errno says why. */
text token_file_read(const char *path, struct arena *arena);
/* Replaces it at once, readable by the owner alone. false: errno says why. */
bool token_file_write(const char *path, text contents) MUST_USE;

#endif
