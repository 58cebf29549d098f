#include "workspace.h"

#include "command.h"

#include <stdio.h>

bool workspace_init(struct workspace *workspace)
{
    budget_init(&workspace->budget, WORKSPACE_MOST);
    slab_init(&workspace->blocks, &workspace->budget, ARENA_BLOCK_SIZE, 64);
    arena_init(&workspace->arena, &workspace->blocks);
    workspace->parser = json_parser_new();
    if (!workspace->parser)
        workspace_out_of_memory();
    return workspace->parser != NULL;
}

void workspace_release(struct workspace *workspace)
{
    json_parser_free(workspace->parser);
    arena_release(&workspace->arena);
    slab_release(&workspace->blocks);
}

int workspace_complain(const inia_error *error)
{
    fprintf(stderr, "inia: %s\n", error->detail);
    return EXIT_FAILED;
}

int workspace_out_of_memory(void)
{
    fprintf(stderr, "inia: out of memory\n");
    return EXIT_FAILED;
}

int workspace_print(struct buffer *out)
{
    if (!buffer_ok(out))
        return workspace_out_of_memory();
    if (out->size)
        fwrite(out->data, 1, out->size, stdout);
    return EXIT_GOOD;
}
