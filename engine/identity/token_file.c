#include "token_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Without O_NONBLOCK to open a named pipe takes until somebody writes. */
const char *token_file_open(const char *path, int *fd)
{
    struct stat about;
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (*fd < 0)
        return strerror(errno);
    const char *wrong = NULL;
    if (fstat(*fd, &about) != 0)
        wrong = strerror(errno);
    else if (S_ISDIR(about.st_mode))
        wrong = "it is a folder";
    else if (!S_ISREG(about.st_mode))
        wrong = "it is no regular file";
    else if (about.st_size > TOKEN_FILE_MOST)
        wrong = "it is too long to hold a token";
    if (!wrong) {
        (void)fcntl(*fd, F_SETFL, O_RDONLY);
        return NULL;
    }
    close(*fd);
    *fd = -1;
    return wrong;
}

text token_file_read(const char *path, struct arena *arena)
{
    int fd;
    size_t size = 0;
    ssize_t count = 1;
    if (token_file_open(path, &fd))
        return (text){NULL, 0};
    char *bytes = arena_alloc(arena, TOKEN_FILE_MOST);
    while (bytes && count > 0 && size < TOKEN_FILE_MOST) {
        do {
            count = read(fd, bytes + size, TOKEN_FILE_MOST - size);
        } while (count < 0 && errno == EINTR);
        size += count > 0 ? (size_t)count : 0;
    }
    close(fd);
    return bytes && count == 0 ? text_trim(text_from(bytes, size)) : (text){NULL, 0};
}

static bool write_all(int fd, text contents)
{
    while (contents.size) {
        ssize_t count = write(fd, contents.data, contents.size);
        if (count < 0 && errno != EINTR)
            return false;
        contents = text_after(contents, count > 0 ? (size_t)count : 0);
    }
    return true;
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
