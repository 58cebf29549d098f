/* Feeds a fuzz target the inputs kept in a folder, with any compiler: replay FOLDER_OR_FILE... */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LARGEST_INPUT = 16 << 20 };

/* The copy has exactly the input's size, so that a sanitizer sees the first byte read beyond. */
static void feed(const uint8_t *data, size_t size)
{
    uint8_t *exact = malloc(size ? size : 1);
    if (!exact)
        abort();
    if (size)
        memcpy(exact, data, size);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

static int feed_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return 0;
    uint8_t *data = malloc(LARGEST_INPUT);
    if (!data)
        abort();
    size_t size = fread(data, 1, LARGEST_INPUT, file);
    int fed = !ferror(file);
    fclose(file);
    if (fed)
        feed(data, size);
    free(data);
    return fed;
}

static int feed_folder(const char *path)
{
    DIR *folder = opendir(path);
    if (!folder)
        return feed_file(path);
    int fed = 0;
    for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        char name[4096];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        fed += feed_file(name);
    }
    closedir(folder);
    return fed;
}

int main(int argc, char **argv)
{
    int fed = 0;
    feed((const uint8_t *)"", 0);
    for (int i = 1; i < argc; i++)
        fed += feed_folder(argv[i]);
    printf("%d inputs replayed\n", fed);
    return EXIT_SUCCESS;
}
