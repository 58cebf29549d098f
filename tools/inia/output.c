#include "output.h"

#include "command.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

bool output_style_of(const char *name, enum output_style *style)
{
    static const char *const names[] = {"json", "text", "table"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (strcmp(name, names[i]) == 0) {
            *style = (enum output_style)(OUTPUT_JSON + (int)i);
            return true;
        }
    }
    return false;
}

static int complain(const struct output *output, const struct jmespath_problem *problem)
{
    fprintf(
        stderr, "inia: --query '%s': %s at character %zu (%s)\n", output->query_written,
        problem->what, problem->offset + 1, jmespath_error_name(problem->error));
    return EXIT_FAILED;
}

bool output_set_query(struct output *output, struct workspace *workspace, const char *query)
{
    struct jmespath_problem problem;
    output->query_written = query;
    output->query = jmespath_compile(text_of(query), &workspace->arena, &problem);
    if (!output->query)
        complain(output, &problem);
    return output->query != NULL;
}

int output_print(const struct output *output, const struct json_value *value, struct arena *arena)
{
    struct buffer out;
    struct jmespath_problem problem;
    const struct json_value *found =
        output->query ? jmespath_search(output->query, value, arena, &problem) : value;
    if (!found)
        return complain(output, &problem);
    buffer_init(&out, arena);
    bool good = true;
    bool empty = found->kind == JSON_OBJECT && found->count == 0;
    if (output->style == OUTPUT_PLAIN || (output->style == OUTPUT_JSON && !empty))
        output_json(&out, found);
    else if (output->style == OUTPUT_TEXT)
        output_text(&out, found);
    else if (output->style == OUTPUT_TABLE)
        good = output_table(&out, found, output->title, output->width);
    if (good)
        return workspace_print(&out);
    fprintf(stderr, "inia: --output table: the output is too uneven for rows and columns\n");
    return EXIT_FAILED;
}

size_t output_terminal_width(void)
{
    enum { USUAL = 80 };
    struct winsize size;
    bool terminal = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col;
    return terminal ? size.ws_col : USUAL;
}
