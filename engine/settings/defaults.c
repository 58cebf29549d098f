#include "defaults.h"

const char *const defaults_names[DEFAULTS_MODES] = {
    [DEFAULTS_LEGACY] = "legacy",       [DEFAULTS_STANDARD] = "standard",
    [DEFAULTS_IN_REGION] = "in-region", [DEFAULTS_CROSS_REGION] = "cross-region",
    [DEFAULTS_MOBILE] = "mobile",       [DEFAULTS_AUTO] = "auto",
};

struct defaults defaults_of(enum defaults_mode mode)
{
    static const uint32_t reach_ms[DEFAULTS_MODES] = {
        [DEFAULTS_STANDARD] = 3100,
        [DEFAULTS_IN_REGION] = 1100,
        [DEFAULTS_CROSS_REGION] = 3100,
        [DEFAULTS_MOBILE] = 30000,
    };
    check(mode != DEFAULTS_AUTO);
    bool says = mode != DEFAULTS_LEGACY;
    return (struct defaults){says, says, says, reach_ms[mode], reach_ms[mode]};
}

enum defaults_mode defaults_for(const struct defaults_place *place, text region)
{
    text here = {NULL, 0};
    if (place->execution_env.size)
        here =
            place->region_variable.size ? place->region_variable : place->default_region_variable;
    if (!here.size)
        here = place->instance_region;
    if (!here.size)
        return DEFAULTS_STANDARD;
    return text_equals(here, region) ? DEFAULTS_IN_REGION : DEFAULTS_CROSS_REGION;
}
