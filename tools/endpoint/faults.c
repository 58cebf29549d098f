#include "faults.h"

static const text names[FAULT_COUNT] = {
    [FAULT_RESET] = TEXT_INIT("reset"),       [FAULT_STATUS503] = TEXT_INIT("status503"),
    [FAULT_TRUNCATE] = TEXT_INIT("truncate"), [FAULT_CORRUPT] = TEXT_INIT("corrupt"),
    [FAULT_SILENT] = TEXT_INIT("silent"),     [FAULT_GARBAGE] = TEXT_INIT("garbage"),
    [FAULT_ENDLESS] = TEXT_INIT("endless"),
};

static const struct {
    text unit;
    uint64_t ns;
} durations[] = {
    {TEXT_INIT("ns"), 1},         {TEXT_INIT("us"), 1000},       {TEXT_INIT("ms"), 1000000},
    {TEXT_INIT("s"), 1000000000}, {TEXT_INIT("m"), 60000000000}, {TEXT_INIT("h"), 3600000000000},
};

bool duration_parse(text written, uint64_t *ns)
{
    for (size_t i = 0; i < COUNT_OF(durations); i++) {
        text unit = durations[i].unit;
        uint64_t count;
        if (!text_ends_with(written, unit) ||
            !text_to_u64((text){written.data, written.size - unit.size}, &count))
            continue;
        if (count > 86400 * (UINT64_C(1000000000) / durations[i].ns + 1))
            return false;
        *ns = count * durations[i].ns;
        return true;
    }
    *ns = 0;
    return text_equals(written, TEXT("0"));
}

bool size_parse(text written, uint64_t *bytes)
{
    unsigned shift = 0;
    if (written.size) {
        switch (written.data[written.size - 1] | 0x20) {
        case 'k':
            shift = 10;
            break;
        case 'm':
            shift = 20;
            break;
        case 'g':
            shift = 30;
            break;
        }
    }
    text digits = {written.data, written.size - (shift ? 1 : 0)};
    if (!text_to_u64(digits, bytes) || *bytes > UINT64_MAX >> shift >> 10)
        return false;
    *bytes <<= shift;
    return true;
}

static bool percent_parse(text written, double *share)
{
    if (text_ends_with(written, TEXT("%")))
        written.size--;
    text decimals, whole = text_split(written, '.', &decimals);
    uint64_t ones, fraction = 0;
    if (!text_to_u64(whole, &ones) || ones > 100 || decimals.size > 6)
        return false;
    if (decimals.size && !text_to_u64(decimals, &fraction))
        return false;
    double part = (double)fraction;
    for (size_t i = 0; i < decimals.size; i++)
        part /= 10;
    *share = ((double)ones + part) / 100;
    return *share <= 1;
}

static const char *set_delay(struct faults *faults, text value)
{
    text most, least = text_split(value, '-', &most);
    uint64_t least_ns, most_ns;
    if (!duration_parse(least, &least_ns))
        return "not a duration such as 100ms or 50ms-2s";
    if (!most.data)
        most_ns = least_ns;
    else if (!duration_parse(most, &most_ns) || most_ns < least_ns)
        return "not a duration such as 100ms or 50ms-2s";
    faults->delay_least_ns = least_ns;
    faults->delay_most_ns = most_ns;
    return NULL;
}

static const char *set_one(struct faults *faults, text name, text value)
{
    if (text_equals(name, TEXT("delay")))
        return set_delay(faults, value);
    if (text_equals(name, TEXT("slow")))
        return size_parse(value, &faults->slow) ? NULL : "not a number of bytes such as 64k";
    for (size_t i = 0; i < FAULT_COUNT; i++)
        if (text_equals(name, names[i]))
            return percent_parse(value, &faults->share[i]) ? NULL : "not a percentage such as 1%";
    return "no such fault; there are delay, slow, reset, status503, truncate, corrupt, silent, "
           "garbage and endless";
}

const char *faults_set(struct faults *faults, text name, text value)
{
    const char *problem = set_one(faults, name, value);
    faults->active = faults->delay_most_ns || faults->slow;
    for (size_t i = 0; i < FAULT_COUNT; i++)
        faults->active = faults->active || faults->share[i] > 0;
    return problem;
}

bool faults_strike(const struct faults *faults, enum fault_kind kind, struct random_source *random)
{
    return faults->share[kind] > 0 && random_fraction(random) < faults->share[kind];
}

uint64_t faults_delay_ns(const struct faults *faults, struct random_source *random)
{
    uint64_t spread = faults->delay_most_ns - faults->delay_least_ns;
    return faults->delay_least_ns + (spread ? random_below(random, spread + 1) : 0);
}

void faults_write(const struct faults *faults, struct buffer *json)
{
    buffer_add_format(
        json, "{\"delay\":\"%lluus-%lluus\",\"slow\":\"%llu\"",
        (unsigned long long)(faults->delay_least_ns / 1000),
        (unsigned long long)(faults->delay_most_ns / 1000), (unsigned long long)faults->slow);
    for (size_t i = 0; i < FAULT_COUNT; i++)
        buffer_add_format(
            json, ",\"%.*s\":\"%.6g%%\"", TEXT_ARGS(names[i]), 100 * faults->share[i]);
    buffer_add(json, TEXT("}"));
}
