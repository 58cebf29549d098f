/* usage: what `inia COMMAND --help` prints. bench and endpoint have their own. */
#ifndef INIA_USAGE_H
#define INIA_USAGE_H

/* The whole of it on standard output; returns EXIT_GOOD. */
int usage_show(const char *command);

/* "usage: inia call SERVICE ..." on standard error; returns EXIT_USAGE. */
int usage_wrong(const char *command);

#endif
