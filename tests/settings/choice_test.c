#include "settings/settings.h"

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct told {
    char lines[2048];
};

static void tell(void *arg, const char *name, const char *value, const char *origin)
{
    struct told *told = arg;
    size_t used = strlen(told->lines);
    snprintf(
        told->lines + used, sizeof told->lines - used, "%s=%s (%s)\n", name, value,
        strncmp(origin, "/tmp/", 5) == 0 ? strrchr(origin, ':') : origin);
}

struct scene {
    struct budget memory;
    char path[64];
    char variables[4][128];
    char *environment[5];
    struct told told;
    inia_error error;
    struct settings *settings;
};

/* variables: up to three, "" for none. */
static void scene_init(struct scene *scene, const char *lines, const char *variable)
{
    *scene = (struct scene){.path = "/tmp/inia-choice-XXXXXX"};
    budget_init(&scene->memory, 1 << 20);
    int fd = mkstemp(scene->path);
    CHECK(fd >= 0);
    FILE *file = fdopen(fd, "w");
    CHECK(file != NULL);
    fputs(lines, file);
    fclose(file);
    snprintf(scene->variables[0], 128, "AWS_CONFIG_FILE=%s", scene->path);
    snprintf(scene->variables[1], 128, "AWS_SHARED_CREDENTIALS_FILE=/dev/null");
    snprintf(scene->variables[2], 128, "%s", variable);
    for (int i = 0; i < 3; i++)
        scene->environment[i] = scene->variables[i];
    scene->settings = settings_new(
        &scene->memory,
        &(struct settings_config){
            .environment = scene->environment, .tell = tell, .tell_arg = &scene->told},
        &scene->error);
    if (!scene->settings)
        FAIL("%s", scene->error.detail);
    scene->told.lines[0] = '\0';
}

static void scene_release(struct scene *scene)
{
    settings_free(scene->settings);
    unlink(scene->path);
    CHECK_EQ(scene->memory.used, 0);
}

static bool refused_at(const struct scene *scene, const char *what)
{
    char whole[256];
    snprintf(whole, sizeof whole, "%s%s", scene->path, what);
    return scene->error.status == INIA_BAD_CONFIG && strcmp(scene->error.detail, whole) == 0;
}

TEST(what_the_program_says_counts_then_the_variable_then_the_file)
{
    struct scene scene;
    scene_init(&scene, "[default]\nregion = c\n", "AWS_REGION=b");
    CHECK(text_equals(choice_text(scene.settings, &setting_region, "a"), TEXT("a")));
    CHECK(text_equals(choice_text(scene.settings, &setting_region, ""), TEXT("b")));
    scene.variables[2][0] = 'X';
    CHECK(text_equals(choice_text(scene.settings, &setting_region, NULL), TEXT("c")));
    CHECK(choice_text(scene.settings, &setting_ca_bundle, NULL).size == 0);
    CHECK_TEXT(
        scene.told.lines, "region=a (program)\nregion=b (AWS_REGION)\nregion=c (:2)\n"
                          "ca_bundle= (default)\n");
    scene_release(&scene);
}

TEST(flags_are_true_or_false_or_refused_with_their_line)
{
    struct scene scene;
    bool chosen = false;
    scene_init(&scene, "[default]\nuse_fips_endpoint = yes\nuse_dualstack_endpoint = TRUE\n", "");
    CHECK(choice_flag(scene.settings, &setting_use_fips, true, false, &chosen, &scene.error));
    CHECK(chosen);
    CHECK(!choice_flag(scene.settings, &setting_use_fips, false, false, &chosen, &scene.error));
    CHECK(refused_at(&scene, ":2: use_fips_endpoint is 'yes': true or false is wanted"));
    CHECK(
        choice_flag(scene.settings, &setting_use_dual_stack, false, false, &chosen, &scene.error));
    CHECK(chosen);
    CHECK(choice_flag(scene.settings, &setting_no_compression, false, true, &chosen, &scene.error));
    CHECK(chosen);
    scene_release(&scene);
}

TEST(numbers_have_a_range)
{
    static const struct choice_range range = {1, 100, 3};
    struct scene scene;
    uint64_t chosen = 0;
    scene_init(&scene, "[default]\nmax_attempts = 101\n", "");
    CHECK(choice_number(scene.settings, &setting_max_attempts, 7, range, &chosen, &scene.error));
    CHECK_EQ(chosen, 7);
    CHECK(!choice_number(scene.settings, &setting_max_attempts, 0, range, &chosen, &scene.error));
    CHECK(refused_at(&scene, ":2: max_attempts is '101': a number from 1 to 100 is wanted"));
    CHECK(
        choice_number(scene.settings, &setting_least_compressed, 0, range, &chosen, &scene.error));
    CHECK_EQ(chosen, 3);
    scene_release(&scene);
    scene_init(&scene, "", "AWS_MAX_ATTEMPTS=many");
    CHECK(!choice_number(scene.settings, &setting_max_attempts, 0, range, &chosen, &scene.error));
    CHECK_TEXT(
        scene.error.detail,
        "AWS_MAX_ATTEMPTS: max_attempts is 'many': a number from 1 to 100 is wanted");
    scene_release(&scene);
}

TEST(words_are_some_of_a_list_in_either_case)
{
    static const char *const list[] = {"one", "two"};
    static const struct choice_words words = {list, 2, "one or two", "one"};
    struct scene scene;
    int chosen = 0;
    scene_init(&scene, "[default]\nretry_mode = TWO\ndefaults_mode = three\n", "");
    CHECK(choice_word(
        scene.settings, &setting_retry_mode, CHOICE_NONE, &words, &chosen, &scene.error));
    CHECK_EQ(chosen, 1);
    CHECK(choice_word(scene.settings, &setting_retry_mode, 0, &words, &chosen, &scene.error));
    CHECK_EQ(chosen, 0);
    CHECK(choice_word(scene.settings, &setting_output, CHOICE_NONE, &words, &chosen, &scene.error));
    CHECK_EQ(chosen, CHOICE_NONE);
    CHECK(!choice_word(
        scene.settings, &setting_defaults_mode, CHOICE_NONE, &words, &chosen, &scene.error));
    CHECK(refused_at(&scene, ":3: defaults_mode is 'three': one or two is wanted"));
    CHECK_TEXT(
        scene.told.lines, "retry_mode=TWO (:2)\nretry_mode=one (program)\noutput=one (default)\n");
    scene_release(&scene);
}

TEST(s3s_settings_are_in_its_section_or_beside_it)
{
    struct scene scene;
    scene_init(
        &scene,
        "[default]\ns3_us_east_1_regional_endpoint = legacy\n"
        "s3 =\n  us_east_1_regional_endpoint = regional\n  addressing_style = path\n",
        "");
    struct setting found = settings_find(scene.settings, &setting_s3_us_east_1);
    CHECK(text_equals(found.value, TEXT("legacy")));
    CHECK_EQ(found.line, 2);
    found = settings_find(scene.settings, &setting_addressing_style);
    CHECK(text_equals(found.value, TEXT("path")));
    CHECK_EQ(found.line, 3);
    CHECK(!settings_find(scene.settings, &setting_s3_accelerate).value.size);
    scene_release(&scene);
}

TEST(where_both_name_a_profile_the_default_one_counts_as_in_botocore)
{
    struct budget memory;
    inia_error error;
    char *environment[] = {
        "AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null", "AWS_PROFILE=other",
        "AWS_DEFAULT_PROFILE=default", NULL};
    budget_init(&memory, 1 << 20);
    struct settings *settings =
        settings_new(&memory, &(struct settings_config){.environment = environment}, &error);
    CHECK(settings != NULL);
    CHECK(text_equals(settings_profile_name(settings), TEXT("default")));
    settings_free(settings);
}
