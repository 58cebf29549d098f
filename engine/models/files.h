/* files: where model files are, and their bytes. */
#ifndef MODELS_FILES_H
#define MODELS_FILES_H

#include "models.h"
#include "packed.h"

/* Visits the folders models may be in, in order, until visit returns true, and returns whether it
 * did. */
bool folders_visit(const char *folders, bool (*visit)(void *arg, const char *folder), void *arg);

/* As file_read(), with absent bytes and INIA_OK when there is no such file; *path: of the file, for
 * error lines. */
inia_status file_read_if_any(
    const char *folders, text service, text version, text name, struct arena *arena, text *bytes,
    text *path, inia_error *error) MUST_USE;

/* What models_read_file() does, but for unpacking, and the file's path for error lines. */
inia_status file_find(
    const char *folders, text service, text version, text name, struct arena *arena,
    struct packed *file, text *path, inia_error *error) MUST_USE;

/* The same unpacked. */
inia_status file_read(
    const char *folders, text service, text version, text name, struct arena *arena, text *bytes,
    text *path, inia_error *error) MUST_USE;

/* A file beside that one; absent bytes if there is none. */
inia_status file_read_beside(
    text path, text name, struct arena *arena, text *bytes, inia_error *error) MUST_USE;

#endif
