#include "files.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

enum { LONGEST_PATH = 4096 };

/* Where packages of botocore, boto3 and the AWS CLI put their data. ~ is the home folder, $ a
 * virtual environment's. */
static const char *const installed[] = {
    "$/lib/python3*/site-packages/botocore/data",
    "~/.local/lib/python3*/site-packages/botocore/data",
    "/usr/local/lib/python3*/dist-packages/botocore/data",
    "/usr/local/lib/python3*/site-packages/botocore/data",
    "/usr/lib/python3/dist-packages/botocore/data",
    "/usr/lib/python3*/site-packages/botocore/data",
    "~/.pyenv/versions/*/lib/python3*/site-packages/botocore/data",
    "/usr/local/aws-cli/v2/current/dist/awscli/botocore/data",
    "/usr/local/aws-cli/v2/*/dist/awscli/botocore/data",
    "~/.local/aws-cli/v2/*/dist/awscli/botocore/data",
    "/usr/lib/python3*/site-packages/awscli/botocore/data",
};

struct tour {
    bool (*visit)(void *arg, const char *folder);
    void *arg;
    const char *home;
};

/* false: too long, or ~ without a home. */
static bool expand(const struct tour *tour, text written, char path[LONGEST_PATH])
{
    const char *start = "";
    if (text_equals(written, TEXT("~")) || text_starts_with(written, TEXT("~/"))) {
        start = tour->home;
        written = text_after(written, 1);
    } else if (text_starts_with(written, TEXT("$"))) {
        start = getenv("VIRTUAL_ENV");
        written = text_after(written, 1);
    }
    if (!start)
        return false;
    int size = snprintf(path, LONGEST_PATH, "%s%.*s", start, TEXT_ARGS(written));
    return size > 0 && size < LONGEST_PATH;
}

static bool visit_list(const struct tour *tour, const char *list)
{
    char path[LONGEST_PATH];
    for (text rest = text_of(list); rest.data;) {
        text folder = text_split(rest, ':', &rest);
        if (folder.size && expand(tour, folder, path) && tour->visit(tour->arg, path))
            return true;
    }
    return false;
}

/* The last in order first: newer versions of Python come later. */
static bool visit_pattern(const struct tour *tour, const char *pattern)
{
    char path[LONGEST_PATH];
    glob_t found;
    bool done = false;
    if (!expand(tour, text_of(pattern), path))
        return false;
    if (glob(path, GLOB_ERR, NULL, &found) == 0) {
        for (size_t i = found.gl_pathc; i-- > 0 && !done;)
            done = tour->visit(tour->arg, found.gl_pathv[i]);
        globfree(&found);
    }
    return done;
}

bool folders_visit(const char *folders, bool (*visit)(void *arg, const char *folder), void *arg)
{
    struct tour tour = {visit, arg, getenv("HOME")};
    if (folders)
        return visit_list(&tour, folders);
    if (visit_list(&tour, getenv("INIA_MODELS")) || visit_list(&tour, getenv("AWS_DATA_PATH")) ||
        visit_list(&tour, "~/.aws/models"))
        return true;
    for (size_t i = 0; i < COUNT_OF(installed); i++) {
        if (visit_pattern(&tour, installed[i]))
            return true;
    }
    return false;
}
