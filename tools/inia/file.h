/* file: whole files and standard streams. */
#ifndef INIA_FILE_H
#define INIA_FILE_H

#include <stddef.h>

/* The whole of a file, or of standard input ("-"), ended by a NUL; free() it. NULL with errno. */
char *file_read_text(const char *path);

/* All of it, or -1 with errno. */
int file_write_all(int fd, const void *bytes, size_t size);

#endif
