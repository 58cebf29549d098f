#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILE_MOST = 64 << 20 };

static char *read_all(int fd)
{
    size_t size = 0, capacity = 4096;
    char *bytes = malloc(capacity);
    while (bytes) {
        ssize_t got = read(fd, bytes + size, capacity - size - 1);
        if (got == 0) {
            bytes[size] = '\0';
            return bytes;
        }
        if (got < 0 && errno == EINTR)
            continue;
        size += got > 0 ? (size_t)got : 0;
        char *larger = NULL;
        if (got > 0 && size < FILE_MOST)
            larger = size + 1 < capacity ? bytes : realloc(bytes, capacity *= 2);
        if (!larger) {
            if (got > 0)
                errno = size < FILE_MOST ? ENOMEM : EFBIG;
            free(bytes);
        }
        bytes = larger;
    }
    return NULL;
}

char *file_read_text(const char *path)
{
    if (strcmp(path, "-") == 0)
        return read_all(STDIN_FILENO);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    char *bytes = read_all(fd);
    int why = errno;
    close(fd);
    errno = why;
    return bytes;
}

int file_write_all(int fd, const void *bytes, size_t size)
{
    const char *at = bytes;
    while (size) {
        ssize_t put = write(fd, at, size);
        if (put < 0 && errno != EINTR)
            return -1;
        if (put > 0) {
            at += put;
            size -= (size_t)put;
        }
    }
    return 0;
}
