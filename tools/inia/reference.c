#include "reference.h"

/* NULL with "FILE:3:5: what" in error. */
static const struct json_value *read_file(
    struct workspace *workspace, text service, text version, text name, inia_error *error)
{
    text bytes;
    struct json_problem problem = {"not an object", 1, 1};
    if (models_read_file(NULL, service, version, name, &workspace->arena, &bytes, error) != INIA_OK)
        return NULL;
    const struct json_value *root =
        json_parse(workspace->parser, bytes, &workspace->arena, &problem);
    if (json_is(root, JSON_OBJECT))
        return root;
    error_set(
        error, INIA_BAD_CONFIG, "%.*s/%.*s/%.*s:%zu:%zu: %s", TEXT_ARGS(service),
        TEXT_ARGS(version), TEXT_ARGS(name), problem.line, problem.column, problem.what);
    return NULL;
}

/* What the file says under this member; *root stays NULL if there is no such file. */
static bool read_beside(
    struct reference *reference, text name, text member, const struct json_value **root,
    inia_error *error)
{
    struct workspace *workspace = &reference->workspace;
    text service = reference->model->service;
    text version = models_newest_version(NULL, service, name, &workspace->arena);
    if (!text_equals(version, reference->version))
        return true;
    const struct json_value *file = read_file(workspace, service, version, name, error);
    *root = json_member(file, member);
    if (file && !json_is(*root, JSON_OBJECT)) {
        error_set(
            error, INIA_BAD_CONFIG, "%.*s/%.*s/%.*s: no object \"%.*s\"", TEXT_ARGS(service),
            TEXT_ARGS(version), TEXT_ARGS(name), TEXT_ARGS(member));
        return false;
    }
    return file != NULL;
}

bool reference_open(struct reference *reference, const char *service)
{
    inia_error error = {0};
    struct workspace *workspace = &reference->workspace;
    *reference = (struct reference){0};
    if (!workspace_init(workspace))
        return false;
    reference->model = model_load(NULL, text_of(service), (text){NULL, 0}, &error);
    if (reference->model) {
        reference->version = models_newest_version(
            NULL, reference->model->service, TEXT("service-2.json"), &workspace->arena);
        reference->document = read_file(
            workspace, reference->model->service, reference->version, TEXT("service-2.json"),
            &error);
    }
    if (reference->document &&
        read_beside(
            reference, TEXT("paginators-1.json"), TEXT("pagination"), &reference->paginators,
            &error) &&
        read_beside(
            reference, TEXT("waiters-2.json"), TEXT("waiters"), &reference->waiters, &error))
        return true;
    workspace_complain(&error);
    return false;
}

void reference_release(struct reference *reference)
{
    model_free(reference->model);
    workspace_release(&reference->workspace);
}
