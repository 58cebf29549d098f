#include "settings/settings.h"

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct home {
    char path[64];
    char entries[8][256];
    char *environment[9];
    size_t count;
    struct budget memory;
    inia_error error;
    struct settings *settings;
};

static void set(struct home *home, const char *name, const char *value)
{
    CHECK(home->count < 8);
    snprintf(home->entries[home->count], sizeof home->entries[0], "%s=%s", name, value);
    home->environment[home->count] = home->entries[home->count];
    home->environment[++home->count] = NULL;
}

static void home_init(struct home *home)
{
    *home = (struct home){0};
    snprintf(home->path, sizeof home->path, "/tmp/inia-home-XXXXXX");
    CHECK(mkdtemp(home->path) != NULL);
    char folder[128];
    snprintf(folder, sizeof folder, "%s/.aws", home->path);
    CHECK_EQ(mkdir(folder, 0700), 0);
    set(home, "HOME", home->path);
    budget_init(&home->memory, 1 << 24);
}

static void path_of(const struct home *home, const char *name, char path[160])
{
    snprintf(path, 160, "%s/.aws/%s", home->path, name);
}

static void write_file(const struct home *home, const char *name, const char *contents)
{
    char path[160];
    path_of(home, name, path);
    FILE *file = fopen(path, "w");
    CHECK(file != NULL);
    fputs(contents, file);
    fclose(file);
}

static bool load(struct home *home, const char *profile)
{
    struct settings_config config = {.environment = home->environment, .profile = text_of(profile)};
    settings_free(home->settings);
    home->settings = settings_new(&home->memory, &config, &home->error);
    return home->settings != NULL;
}

static void home_release(struct home *home)
{
    static const char *const names[] = {"config", "credentials", ""};
    settings_free(home->settings);
    CHECK_EQ(home->memory.used, 0);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char path[160];
        path_of(home, names[i], path);
        remove(path);
    }
    rmdir(home->path);
}

static void check_value(struct setting setting, const char *value)
{
    if (!text_equals(setting.value, text_of(value)))
        FAIL("%.*s is not %s", TEXT_ARGS(setting.value), value);
}

TEST(the_environment_comes_before_the_profile_and_says_so)
{
    struct home home;
    home_init(&home);
    write_file(&home, "config", "[default]\nregion = eu-west-1\n\n[profile a]\nregion=eu-north-1");
    CHECK(load(&home, NULL));
    struct setting region = settings_find(home.settings, &setting_region);
    check_value(region, "eu-west-1");
    char memory[256];
    struct buffer origin;
    buffer_init_fixed(&origin, memory, sizeof memory);
    setting_write_origin(&origin, region);
    CHECK(text_ends_with(buffer_text(&origin), TEXT("/.aws/config:2")));

    CHECK(load(&home, "a"));
    check_value(settings_find(home.settings, &setting_region), "eu-north-1");
    CHECK(settings_profile_is_given(home.settings));

    set(&home, "AWS_DEFAULT_REGION", "us-west-1");
    CHECK(load(&home, NULL));
    check_value(settings_find(home.settings, &setting_region), "us-west-1");
    set(&home, "AWS_REGION", "us-west-2");
    region = settings_find(home.settings, &setting_region);
    check_value(region, "us-west-2");
    CHECK_TEXT(region.variable, "AWS_REGION");
    home_release(&home);
}

TEST(an_empty_variable_is_not_set)
{
    struct home home;
    home_init(&home);
    write_file(&home, "config", "[default]\nregion = eu-west-1");
    set(&home, "AWS_REGION", "");
    CHECK(load(&home, NULL));
    check_value(settings_find(home.settings, &setting_region), "eu-west-1");
    home_release(&home);
}

TEST(credentials_come_from_both_files_and_the_credentials_file_wins)
{
    struct home home;
    home_init(&home);
    write_file(&home, "config", "[default]\naws_access_key_id = a\naws_session_token = t");
    write_file(&home, "credentials", "[default]\naws_access_key_id = b\n");
    CHECK(load(&home, NULL));
    check_value(settings_find(home.settings, &setting_access_key_id), "b");
    check_value(settings_find(home.settings, &setting_session_token), "t");
    check_value(settings_find(home.settings, &setting_secret_access_key), "");
    home_release(&home);
}

TEST(nothing_at_all_is_no_error)
{
    struct home home;
    home_init(&home);
    CHECK(load(&home, NULL));
    check_value(settings_find(home.settings, &setting_region), "");
    CHECK(text_equals(settings_profile_name(home.settings), TEXT("default")));
    home.environment[0] = NULL;
    CHECK(load(&home, NULL));
    CHECK_TEXT(settings_config_path(home.settings), NULL);
    home_release(&home);
}

TEST(a_profile_that_was_named_must_be_there)
{
    struct home home;
    home_init(&home);
    write_file(&home, "config", "[profile a]\n");
    CHECK(!load(&home, "b"));
    CHECK_EQ(home.error.status, INIA_BAD_CONFIG);
    CHECK(strstr(home.error.detail, "\"b\""));
    CHECK(load(&home, "default"));
    set(&home, "AWS_PROFILE", "c");
    CHECK(!load(&home, NULL));
    CHECK(load(&home, "a"));
    home_release(&home);
}

TEST(a_broken_file_is_named_with_its_line)
{
    struct home home;
    home_init(&home);
    write_file(&home, "config", "[default]\nregion = x\nnonsense\n");
    CHECK(!load(&home, NULL));
    CHECK_EQ(home.error.status, INIA_BAD_CONFIG);
    CHECK(strstr(home.error.detail, "/.aws/config:3: Expected an '=' sign"));
    home_release(&home);
}

TEST(what_is_no_file_is_as_good_as_none)
{
    struct home home;
    home_init(&home);
    set(&home, "AWS_CONFIG_FILE", "~/.aws");
    CHECK(load(&home, NULL));
    home_release(&home);

    home_init(&home);
    char pipe[160];
    path_of(&home, "config", pipe);
    CHECK_EQ(mkfifo(pipe, 0600), 0);
    CHECK(load(&home, NULL)); /* and waits for nobody to write into it */
    home_release(&home);
}

TEST(variables_in_the_name_of_a_file_are_replaced)
{
    static const char *const names[] = {
        "$HOME/.aws/credentials", "${HOME}/.aws/credentials", "$HOME/$FOLDER/credentials",
        "~/${FOLDER}/credentials"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct home home;
        home_init(&home);
        write_file(&home, "credentials", "[default]\nregion = eu-west-1\n");
        set(&home, "FOLDER", ".aws");
        set(&home, "AWS_CONFIG_FILE", names[i]);
        CHECK(load(&home, NULL));
        CHECK(text_equals(settings_find(home.settings, &setting_region).value, TEXT("eu-west-1")));
        home_release(&home);
    }
}

TEST(what_is_not_set_and_dollars_that_begin_no_name_stay_as_they_are)
{
    static const char *const names[] = {"/$NONE/x", "/${NONE}/x", "/${HOME", "/$", "/$/${}", "/a$"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct home home;
        home_init(&home);
        set(&home, "AWS_CONFIG_FILE", names[i]);
        CHECK(load(&home, NULL));
        CHECK_TEXT(settings_config_path(home.settings), names[i]);
        home_release(&home);
    }
}

TEST(a_file_that_is_too_large_is_refused)
{
    struct home home;
    home_init(&home);
    char *large = malloc(SETTINGS_FILE_MOST + 2);
    memset(large, '\n', SETTINGS_FILE_MOST + 1);
    large[SETTINGS_FILE_MOST + 1] = 0;
    write_file(&home, "config", large);
    CHECK(!load(&home, NULL));
    CHECK_EQ(home.error.status, INIA_TOO_LARGE);
    large[SETTINGS_FILE_MOST] = 0;
    write_file(&home, "config", large);
    CHECK(load(&home, NULL));
    free(large);
    home_release(&home);
}

TEST(a_profile_of_too_many_settings_is_refused)
{
    struct home home;
    home_init(&home);
    char *many = malloc(100000), *at = many + sprintf(many, "[default]\n");
    for (int i = 0; i <= PROFILE_SETTINGS_MOST; i++)
        at += sprintf(at, "k%d = v\n", i);
    write_file(&home, "config", many);
    free(many);
    CHECK(!load(&home, NULL));
    CHECK(strstr(home.error.detail, "Too many properties"));
    home_release(&home);
}

TEST(continuations_are_joined_however_many_there_are)
{
    struct home home;
    home_init(&home);
    write_file(
        &home, "config",
        "[default]\ns3 =\n  a = 1\n# a comment\n\n  addressing_style = path\n\tA = 2\nx = y\n z\n");
    CHECK(load(&home, NULL));
    struct setting s3 = settings_in_profile(home.settings, "s3");
    check_value(s3, "\na = 1\naddressing_style = path\nA = 2");
    CHECK(text_equals(profile_sub_setting(s3.value, TEXT("addressing_style")), TEXT("path")));
    CHECK(text_equals(profile_sub_setting(s3.value, TEXT("a")), TEXT("2")));
    CHECK(profile_sub_setting(s3.value, TEXT("b")).data == NULL);
    check_value(settings_in_profile(home.settings, "x"), "y\nz");
    home_release(&home);
}

TEST(truths_are_read_in_either_case)
{
    CHECK(setting_is_true((struct setting){.value = TEXT("True")}, false));
    CHECK(!setting_is_true((struct setting){.value = TEXT("FALSE")}, true));
    CHECK(setting_is_true((struct setting){.value = TEXT("yes")}, true));
    CHECK(!setting_is_true((struct setting){0}, false));
}

TEST(running_out_of_memory_anywhere_is_said_and_leaks_nothing)
{
    struct home home;
    home_init(&home);
    write_file(&home, "config", "[default]\ns3 =\n a = 1\n b = 2\n[profile x]\nk = v\n");
    bool loaded = false;
    for (uint64_t i = 1; !loaded; i++) {
        budget_fail_after(i);
        loaded = load(&home, "x");
        budget_fail_after(0);
        if (!loaded)
            CHECK_EQ(home.error.status, INIA_NO_MEMORY);
        CHECK(i < 100);
    }
    home_release(&home);
}
