#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LONGEST_PATH = 4096, LONGEST_VERSION = 64 };

/* ---- Bytes of a file ---------------------------------------------------------------- */

static inia_status read_all(int fd, struct arena *arena, text *bytes)
{
    struct stat about;
    if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode))
        return INIA_BAD_CONFIG;
    if (about.st_size > MODELS_MAX_FILE)
        return INIA_TOO_LARGE;
    size_t size = (size_t)about.st_size, at = 0;
    char *data = arena_alloc(arena, size + JSON_PADDING);
    if (!data)
        return INIA_NO_MEMORY;
    while (at < size) {
        ssize_t got = read(fd, data + at, size - at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return INIA_BAD_CONFIG;
        if (got == 0)
            break;
        at += (size_t)got;
    }
    data[at] = '\0';
    *bytes = (text){data, at};
    return INIA_OK;
}

/* INIA_OK with absent bytes: there is no such file. */
static inia_status read_path(
    const char *path, bool is_gzip, struct arena *arena, struct packed *file, inia_error *error)
{
    *file = (struct packed){.is_gzip = is_gzip};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        if (errno == ENOENT || errno == ENOTDIR)
            return INIA_OK;
        return error_set(error, INIA_BAD_CONFIG, "%s: %s", path, strerror(errno));
    }
    inia_status status = read_all(fd, arena, &file->bytes);
    close(fd);
    switch (status) {
    case INIA_OK:
        return INIA_OK;
    case INIA_NO_MEMORY:
        return error_set(error, status, "out of memory reading %s", path);
    case INIA_TOO_LARGE:
        return error_set(error, INIA_BAD_CONFIG, "%s: too large for a model file", path);
    default:
        return error_set(error, INIA_BAD_CONFIG, "%s: not a readable file", path);
    }
}

/* path has room for ".gz" behind its name. */
static inia_status read_either(
    char path[LONGEST_PATH], struct arena *arena, struct packed *file, inia_error *error)
{
    inia_status status = read_path(path, false, arena, file, error);
    size_t size = strlen(path);
    if (status != INIA_OK || file->bytes.data || size + 4 > LONGEST_PATH)
        return status;
    memcpy(path + size, ".gz", 4);
    status = read_path(path, true, arena, file, error);
    if (!file->bytes.data)
        path[size] = '\0';
    return status;
}

static bool exists_either(const char *path)
{
    char packed[LONGEST_PATH];
    int size = snprintf(packed, sizeof packed, "%s.gz", path);
    return access(path, R_OK) == 0 || (size < (int)sizeof packed && access(packed, R_OK) == 0);
}

/* ---- Services and versions ------------------------------------------------------------ */

/* Names come from users: none may lead out of its folder. */
static bool is_plain_name(text name)
{
    return name.size && name.size < 256 && name.data[0] != '.' &&
           text_find(name, '/') == name.size && text_find(name, '\0') == name.size;
}

static bool is_version(const char *name)
{
    return strlen(name) < LONGEST_VERSION && name[0] >= '0' && name[0] <= '9';
}

static bool find_newest(const char *folder, text service, text name, char version[LONGEST_VERSION])
{
    char path[LONGEST_PATH];
    version[0] = '\0';
    if (snprintf(path, sizeof path, "%s/%.*s", folder, TEXT_ARGS(service)) >= LONGEST_PATH)
        return false;
    DIR *directory = opendir(path);
    if (!directory)
        return false;
    for (struct dirent *entry; (entry = readdir(directory));) {
        if (!is_version(entry->d_name) || strcmp(entry->d_name, version) <= 0)
            continue;
        int size = snprintf(
            path, sizeof path, "%s/%.*s/%s/%.*s", folder, TEXT_ARGS(service), entry->d_name,
            TEXT_ARGS(name));
        if (size < LONGEST_PATH && exists_either(path))
            strcpy(version, entry->d_name);
    }
    closedir(directory);
    return version[0] != '\0';
}

struct wanted {
    text service, version, name;
    struct arena *arena;
    struct packed file;
    inia_error *error;
    inia_status status;
    char path[LONGEST_PATH];
    char newest[LONGEST_VERSION];
};

static bool read_from(void *arg, const char *folder)
{
    struct wanted *wanted = arg;
    text version = wanted->version;
    int size;
    if (!wanted->service.data) {
        size = snprintf(wanted->path, LONGEST_PATH, "%s/%.*s", folder, TEXT_ARGS(wanted->name));
    } else {
        if (!version.data) {
            if (!find_newest(folder, wanted->service, wanted->name, wanted->newest))
                return false;
            version = text_of(wanted->newest);
        }
        size = snprintf(
            wanted->path, LONGEST_PATH, "%s/%.*s/%.*s/%.*s", folder, TEXT_ARGS(wanted->service),
            TEXT_ARGS(version), TEXT_ARGS(wanted->name));
    }
    if (size >= LONGEST_PATH)
        return false;
    wanted->status = read_either(wanted->path, wanted->arena, &wanted->file, wanted->error);
    return wanted->status != INIA_OK || wanted->file.bytes.data;
}

static bool is_folder(void *arg, const char *folder)
{
    struct stat about;
    (void)arg;
    return stat(folder, &about) == 0 && S_ISDIR(about.st_mode);
}

/* Why nothing was found: no models at all, an unknown service, version or file. */
static inia_status explain(const char *folders, const struct wanted *wanted)
{
    inia_error *error = wanted->error;
    if (!folders_visit(folders, is_folder, NULL))
        return error_set(
            error, INIA_BAD_CONFIG,
            "no model files found: install botocore, or name their folder in INIA_MODELS");
    if (!wanted->service.data)
        return error_set(
            error, INIA_BAD_CONFIG, "no %.*s among the model files", TEXT_ARGS(wanted->name));
    text *services, nearest = {NULL, 0};
    size_t count = 0, best = wanted->service.size / 3 + 2;
    bool known = false;
    if (!models_list_services(folders, wanted->arena, &services, &count))
        return error_set(error, INIA_NO_MEMORY, "out of memory looking for models");
    for (size_t i = 0; i < count; i++) {
        size_t distance = text_distance(services[i], wanted->service);
        known = known || text_equals(services[i], wanted->service);
        if (distance < best) {
            best = distance;
            nearest = services[i];
        }
    }
    if (known)
        return error_set(
            error, INIA_BAD_CONFIG, "%.*s has no %.*s%s%.*s", TEXT_ARGS(wanted->service),
            TEXT_ARGS(wanted->name), wanted->version.data ? " in version " : "",
            TEXT_ARGS(wanted->version));
    if (nearest.data)
        return error_set(
            error, INIA_BAD_CONFIG, "unknown service '%.*s': did you mean '%.*s'?",
            TEXT_ARGS(wanted->service), TEXT_ARGS(nearest));
    return error_set(error, INIA_BAD_CONFIG, "unknown service '%.*s'", TEXT_ARGS(wanted->service));
}

/* INIA_OK with absent bytes: there is no such file. */
static inia_status read_wanted(const char *folders, struct wanted *wanted, text *path)
{
    text service = wanted->service, version = wanted->version;
    *path = (text){NULL, 0};
    bool plain = is_plain_name(wanted->name) && (!service.data || is_plain_name(service)) &&
                 (!version.data || is_plain_name(version));
    if (!plain || !folders_visit(folders, read_from, wanted) || wanted->status != INIA_OK)
        return wanted->status;
    *path = arena_copy(wanted->arena, text_of(wanted->path));
    return path->data ? INIA_OK : error_set(wanted->error, INIA_NO_MEMORY, "out of memory");
}

static struct wanted want(
    text service, text version, text name, struct arena *arena, inia_error *error)
{
    return (struct wanted){
        .service = service, .version = version, .name = name, .arena = arena, .error = error};
}

inia_status file_read_if_any(
    const char *folders, text service, text version, text name, struct arena *arena, text *bytes,
    text *path, inia_error *error)
{
    struct wanted wanted = want(service, version, name, arena, error);
    *bytes = (text){NULL, 0};
    inia_status status = read_wanted(folders, &wanted, path);
    bool any = status == INIA_OK && wanted.file.bytes.data;
    return any ? packed_open(&wanted.file, *path, arena, bytes, error) : status;
}

inia_status file_find(
    const char *folders, text service, text version, text name, struct arena *arena,
    struct packed *file, text *path, inia_error *error)
{
    struct wanted wanted = want(service, version, name, arena, error);
    inia_status status = read_wanted(folders, &wanted, path);
    *file = wanted.file;
    return status == INIA_OK && !file->bytes.data ? explain(folders, &wanted) : status;
}

inia_status file_read(
    const char *folders, text service, text version, text name, struct arena *arena, text *bytes,
    text *path, inia_error *error)
{
    struct packed file;
    *bytes = (text){NULL, 0};
    inia_status status = file_find(folders, service, version, name, arena, &file, path, error);
    return status == INIA_OK ? packed_open(&file, *path, arena, bytes, error) : status;
}

inia_status models_read_file(
    const char *folders, text service, text version, text name, struct arena *arena, text *bytes,
    inia_error *error)
{
    text path;
    return file_read(folders, service, version, name, arena, bytes, &path, error);
}

inia_status file_read_beside(
    text path, text name, struct arena *arena, text *bytes, inia_error *error)
{
    char beside[LONGEST_PATH];
    struct packed file;
    size_t slash = text_find_last(path, '/');
    *bytes = (text){NULL, 0};
    int size = snprintf(beside, sizeof beside, "%.*s/%.*s", (int)slash, path.data, TEXT_ARGS(name));
    if (slash == path.size || size >= LONGEST_PATH)
        return INIA_OK;
    inia_status status = read_either(beside, arena, &file, error);
    bool any = status == INIA_OK && file.bytes.data;
    return any ? packed_open(&file, text_of(beside), arena, bytes, error) : status;
}

struct newest {
    text service, name;
    char version[LONGEST_VERSION];
};

static bool find_newest_in(void *arg, const char *folder)
{
    struct newest *newest = arg;
    return find_newest(folder, newest->service, newest->name, newest->version);
}

text models_newest_version(const char *folders, text service, text name, struct arena *arena)
{
    struct newest newest = {.service = service, .name = name};
    if (!is_plain_name(service) || !folders_visit(folders, find_newest_in, &newest))
        return (text){NULL, 0};
    return arena_copy(arena, text_of(newest.version));
}

/* ---- All services ---------------------------------------------------------------------- */

struct listing {
    struct arena *arena;
    struct map names;
    bool failed;
};

static bool list_folder(void *arg, const char *folder)
{
    struct listing *listing = arg;
    DIR *directory = opendir(folder);
    if (!directory)
        return false;
    for (struct dirent *entry; !listing->failed && (entry = readdir(directory));) {
        text name = text_of(entry->d_name);
        char version[LONGEST_VERSION];
        if (!is_plain_name(name) || map_find(&listing->names, name) ||
            !find_newest(folder, name, TEXT("service-2.json"), version))
            continue;
        name = arena_copy(listing->arena, name);
        listing->failed = !name.data || !map_put(&listing->names, name, listing);
    }
    closedir(directory);
    return listing->failed;
}

static int compare_names(const void *a, const void *b)
{
    return text_compare(*(const text *)a, *(const text *)b);
}

bool models_list_services(const char *folders, struct arena *arena, text **services, size_t *count)
{
    struct listing listing = {.arena = arena};
    map_init(&listing.names, arena);
    folders_visit(folders, list_folder, &listing);
    *count = 0;
    *services = arena_alloc(arena, (listing.names.count + 1) * sizeof **services);
    if (listing.failed || !*services)
        return false;
    for (struct map_entry *e = map_next(&listing.names, NULL); e; e = map_next(&listing.names, e))
        (*services)[(*count)++] = e->key;
    if (*count)
        qsort(*services, *count, sizeof **services, compare_names);
    return true;
}
