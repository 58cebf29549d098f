#include "plan.h"

#include "formats/formats.h"

static const struct setting_names imds_endpoint = {
    .variables = {"AWS_EC2_METADATA_SERVICE_ENDPOINT"}, .key = "ec2_metadata_service_endpoint"};
static const struct setting_names imds_endpoint_mode = {
    .variables = {"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"},
    .key = "ec2_metadata_service_endpoint_mode"};
static const struct setting_names imds_by_ipv6 = {
    .variables = {"AWS_IMDS_USE_IPV6"}, .key = "imds_use_ipv6"}; /* of old, and the last to count */
static const struct setting_names imds_first_disabled = {
    .variables = {"AWS_EC2_METADATA_V1_DISABLED"}, .key = "ec2_metadata_v1_disabled"};
static const struct setting_names imds_timeout = {
    .variables = {"AWS_METADATA_SERVICE_TIMEOUT"}, .key = "metadata_service_timeout"};
static const struct setting_names imds_attempts = {
    .variables = {"AWS_METADATA_SERVICE_NUM_ATTEMPTS"}, .key = "metadata_service_num_attempts"};

enum { IMDS_MOST_ATTEMPTS = 20, IMDS_MOST_SECONDS = 600 };

static bool refuse(struct setting setting, const char *wrong, inia_error *error)
{
    char room[256];
    struct buffer origin;
    buffer_init_fixed(&origin, room, sizeof room);
    setting_write_origin(&origin, setting);
    (void)error_set(
        error, INIA_BAD_CONFIG, "%.*s: '%.*s': %s", TEXT_ARGS(buffer_text(&origin)),
        setting.value.size < 100 ? (int)setting.value.size : 100, setting.value.data, wrong);
    return false;
}

static uint32_t number(struct setting setting, uint32_t least, uint32_t most)
{
    uint64_t value;
    if (!text_to_u64(setting.value, &value) || value < least)
        return least;
    return value < most ? (uint32_t)value : most;
}

static bool choose_imds_url(
    struct plan_imds *imds, const struct settings *settings, inia_error *error)
{
    struct setting mode = settings_find(settings, &imds_endpoint_mode);
    bool sixth = text_equals_ignoring_case(mode.value, TEXT("IPv6"));
    if (mode.value.size && !sixth && !text_equals_ignoring_case(mode.value, TEXT("IPv4")))
        return refuse(mode, "neither IPv4 nor IPv6", error);
    if (!mode.value.size)
        sixth = setting_is_true(settings_find(settings, &imds_by_ipv6), false);
    struct setting own = settings_find(settings, &imds_endpoint);
    imds->url = sixth ? TEXT("http://[fd00:ec2::254]") : TEXT("http://169.254.169.254");
    if (!own.value.size)
        return true;
    struct uri uri;
    const char *wrong = uri_parse(&uri, own.value);
    if (wrong)
        return refuse(own, wrong, error);
    imds->url = own.value;
    while (imds->url.data[imds->url.size - 1] == '/')
        imds->url.size--;
    return true;
}

bool plan_allows_imds(const struct settings *settings)
{
    return !setting_is_true(settings_variable(settings, "AWS_EC2_METADATA_DISABLED"), false);
}

bool plan_find_imds(
    struct plan_imds *imds, const struct settings *settings, struct arena *arena, inia_error *error)
{
    if (!choose_imds_url(imds, settings, error))
        return false;
    imds->url = arena_copy(arena, imds->url);
    imds->second_version_only =
        setting_is_true(settings_find(settings, &imds_first_disabled), false);
    imds->timeout_ms = 1000 * number(settings_find(settings, &imds_timeout), 1, IMDS_MOST_SECONDS);
    imds->attempts = number(settings_find(settings, &imds_attempts), 1, IMDS_MOST_ATTEMPTS);
    if (imds->url.data)
        return true;
    return error_no_memory(error, "the credentials");
}

/* ---- Containers ------------------------------------------------------------------------------ */

/* 127.0.0.0/8 and ::1, and the addresses at which ECS and EKS serve credentials. */
static bool is_trusted(text host)
{
    static const text hosts[] = {
        TEXT_INIT("localhost"),    TEXT_INIT("169.254.170.2"), TEXT_INIT("169.254.170.23"),
        TEXT_INIT("fd00:ec2::23"), TEXT_INIT("::1"),
    };
    for (size_t i = 0; i < COUNT_OF(hosts); i++) {
        if (text_equals_ignoring_case(host, hosts[i]))
            return true;
    }
    if (!text_starts_with(host, TEXT("127.")))
        return false;
    for (size_t i = 0; i < host.size; i++) {
        if (host.data[i] != '.' && (host.data[i] < '0' || host.data[i] > '9'))
            return false;
    }
    return true;
}

static bool choose_container_url(
    struct plan_container *container, const struct settings *settings, struct arena *arena,
    inia_error *error)
{
    struct setting relative = settings_variable(settings, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    struct setting full = settings_variable(settings, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
    struct buffer url;
    buffer_init(&url, arena);
    if (relative.value.size) {
        if (*relative.value.data != '/')
            return refuse(relative, "does not begin with /", error);
        buffer_add(&url, TEXT("http://169.254.170.2"));
    }
    buffer_add(&url, relative.value.size ? relative.value : full.value);
    container->url = (text){buffer_string(&url), url.size};
    if (!container->url.data)
        return error_no_memory(error, "the credentials");
    struct uri uri;
    const char *wrong = uri_parse(&uri, container->url);
    if (!wrong && !uri.secure && !is_trusted(uri.host))
        wrong = "over http only a loopback address or one of ECS's or EKS's is asked";
    return !wrong || refuse(relative.value.size ? relative : full, wrong, error);
}

bool plan_find_container(
    struct plan_container *container, const struct settings *settings, struct arena *arena,
    inia_error *error)
{
    if (!choose_container_url(container, settings, arena, error))
        return false;
    text file = settings_variable(settings, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE").value;
    text token = settings_variable(settings, "AWS_CONTAINER_AUTHORIZATION_TOKEN").value;
    if (file.size)
        container->token_file = arena_string(arena, file);
    else if (token.size)
        container->token = arena_copy(arena, token);
    if ((!file.size || container->token_file) &&
        (file.size || !token.size || container->token.data))
        return true;
    return error_no_memory(error, "the credentials");
}
