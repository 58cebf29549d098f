/*
 * workspace: the memory of one command and a parser of JSON, for commands that read model files and
 * print. All that is made in its arena goes with it.
 */
#ifndef INIA_WORKSPACE_H
#define INIA_WORKSPACE_H

#include "base/base.h"
#include "formats/formats.h"

enum { WORKSPACE_MOST = 1 << 30 }; /* bytes: a limit, of which little is used */

struct workspace {
    struct budget budget;
    struct slab blocks;
    struct arena arena;
    struct json_parser *parser;
};

/* false, with a line on stderr: there is no memory. */
bool workspace_init(struct workspace *workspace) MUST_USE;
void workspace_release(struct workspace *workspace);

/* "inia: ..." on stderr; returns EXIT_FAILED. */
int workspace_complain(const inia_error *error);
int workspace_out_of_memory(void);

/* Writes it to standard output. Returns EXIT_GOOD; EXIT_FAILED with a line when out had no memory.
 */
int workspace_print(struct buffer *out);

#endif
