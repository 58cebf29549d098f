#include "token_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static text read_all(int fd, struct arena *arena)
{
    char *bytes = arena_alloc(arena, TOKEN_FILE_MOST);
    size_t size = 0;
    errno = ENOMEM;
    while (bytes) {
        ssize_t count = read(fd, bytes + size, TOKEN_FILE_MOST - size);
        if (count < 0 && errno != EINTR)
            return (text){NULL, 0};
        if (count == 0)
            return text_trim(text_from(bytes, size));
        size += count > 0 ? (size_t)count : 0;
        if (size == TOKEN_FILE_MOST)
            errno = EFBIG, bytes = NULL;
    }
    return (text){NULL, 0};
}

text token_file_read(const char *path, struct arena *arena)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return (text){NULL, 0};
    text contents = read_all(fd, arena);
    int error = errno;
    close(fd);
    errno = error;
    return contents;
}

static bool write_all(int fd, text contents)
{
    while (contents.size) {
        ssize_t count = write(fd, contents.data, contents.size);
        if (count < 0 && errno != EINTR)
            return false;
        contents = text_after(contents, count > 0 ? (size_t)count : 0);
    }
    return fsync(fd) == 0;
}

bool token_file_write(const char *path, text contents)
{
    char temporary[4096];
    int size = snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);
    errno = ENAMETOOLONG;
    int fd = (size_t)size < sizeof temporary ? mkostemp(temporary, O_CLOEXEC) : -1;
    if (fd < 0)
        return false;
    bool good = write_all(fd, contents);
    int error = errno;
    if (close(fd) != 0 && good)
        good = false, error = errno;
    if (good && rename(temporary, path) != 0)
        good = false, error = errno;
    if (!good)
        unlink(temporary);
    errno = error;
    return good;
}
