/*
 * The fault matrix: each fault in each phase of a call, under many seeds (INIA_SEEDS: so many;
 * 1,000 take ten minutes; INIA_FAULT: of this one only). Every call finishes once, with a status
 * that names its trouble; what must not be done twice is not; nothing leaks; and a bounded time
 * after the fault all is well. The table says how long that takes, and beneath it which cells make
 * no sense.
 */
#include "mischief.h"

struct row {
    const char *fault;
    const char *elsewhere; /* why there is no such thing in the phases that are not listed */
    struct cell cells[PHASES];
};

#define LOST ENDS_WITH(INIA_CONNECTION_LOST)
#define TIMED_OUT ENDS_WITH(INIA_TIMED_OUT)
#define UNCONNECTED ENDS_WITH(INIA_CONNECT_FAILED)
#define ERROR ENDS_WITH(INIA_SERVICE_ERROR)
#define BAD ENDS_WITH(INIA_BAD_RESPONSE)

#define IN_REQUEST_HEAD .of_requests = true, .after_bytes = 150
#define IN_REQUEST_BODY .of_requests = true, .after_bytes = 9000
#define IN_HANDSHAKE .after_bytes = 60
#define AT_FIRST_BYTE .after_bytes = 0
#define IN_RESPONSE_BODY .after_bytes = 9000

#ifdef __SANITIZE_ADDRESS__
enum { SEEDS = 8 };
#else
enum { SEEDS = 60 };
#endif

enum {
    SOON_MS = 400,                           /* three attempts with their delays */
    AWAY_MS = 1000 + SOON_MS,                /* between two looks whether a server is back */
    NO_NAME_MS = 5000 + 600,                 /* so long it is believed that there is no such name */
    STALL_MS = TRIAL_ATTEMPT_MS + SOON_MS,   /* found out by waiting */
    CONNECT_MS = TRIAL_CONNECT_MS + SOON_MS, /* the same */
    THROTTLED_MS = 3 * 1000 + SOON_MS,       /* delays of a second and two */
};

/* ---- The matrix ------------------------------------------------------------------------------ */

#define ANSWER_500                                                                                 \
    {                                                                                              \
        .status = 500, .body = TRIAL_XML("InternalError")                                          \
    }
#define ANSWER_503                                                                                 \
    {                                                                                              \
        .status = 503, .body = TRIAL_XML("SlowDown")                                               \
    }
#define ANSWER_429                                                                                 \
    {                                                                                              \
        .status = 429, .headers = "Retry-After: 1\r\n", .body = TRIAL_XML("TooManyRequests")       \
    }
#define LATE(code)                                                                                 \
    {                                                                                              \
        .status = 200, .body = TRIAL_XML(code)                                                     \
    }

static const struct row rows[] = {
    {"refuse",
     "only connecting can be refused",
     {
         [PHASE_CONNECT] =
             {.wire = {.kind = WORLD_REFUSE},
              .begin = close_standing,
              .ends_with = UNCONNECTED | LOST,
              .recovers_ms = AWAY_MS},
         [PHASE_IDLE] =
             {.begin = stop_server,
              .end = start_server,
              .ends_with = UNCONNECTED,
              .recovers_ms = AWAY_MS},
     }},
    {"reset",
     "there is no connection yet",
     {
         [PHASE_HANDSHAKE] =
             {.wire = {WORLD_RESET, IN_HANDSHAKE},
              .begin = say_goodbye,
              .over_tls = true,
              .ends_with = UNCONNECTED | LOST,
              .recovers_ms = AWAY_MS},
         [PHASE_SEND_HEAD] =
             {.wire = {WORLD_RESET, IN_REQUEST_HEAD}, .ends_with = LOST, .recovers_ms = SOON_MS},
         [PHASE_SEND_BODY] =
             {.wire = {WORLD_RESET, IN_REQUEST_BODY}, .ends_with = LOST, .recovers_ms = SOON_MS},
         [PHASE_FIRST_BYTE] =
             {.wire = {WORLD_RESET, AT_FIRST_BYTE}, .ends_with = LOST, .recovers_ms = SOON_MS},
         [PHASE_MID_BODY] =
             {.wire = {WORLD_RESET, IN_RESPONSE_BODY}, .ends_with = LOST, .recovers_ms = SOON_MS},
         [PHASE_IDLE] =
             {.begin = reset_idle, .at_once = true, .is_mild = true, .recovers_ms = SOON_MS},
     }},
    {"close",
     "there is no connection yet",
     {
         [PHASE_HANDSHAKE] =
             {.wire = {WORLD_CUT, IN_HANDSHAKE},
              .begin = say_goodbye,
              .over_tls = true,
              .ends_with = UNCONNECTED | LOST,
              .recovers_ms = AWAY_MS},
         [PHASE_SEND_HEAD] =
             {.wire = {WORLD_CUT, IN_REQUEST_HEAD}, .ends_with = LOST, .recovers_ms = SOON_MS},
         [PHASE_SEND_BODY] =
             {.wire = {WORLD_CUT, IN_REQUEST_BODY}, .ends_with = LOST, .recovers_ms = SOON_MS},
         [PHASE_FIRST_BYTE] =
             {.wire = {WORLD_CUT, AT_FIRST_BYTE}, .ends_with = LOST, .recovers_ms = SOON_MS},
         [PHASE_MID_BODY] =
             {.wire = {WORLD_CUT, IN_RESPONSE_BODY}, .ends_with = LOST, .recovers_ms = SOON_MS},
         [PHASE_IDLE] =
             {.begin = close_idle, .at_once = true, .is_mild = true, .recovers_ms = SOON_MS},
     }},
    {"stall",
     "nobody is waited for",
     {
         [PHASE_RESOLVE] =
             {.begin = silence_name_servers,
              .end = mend_name_servers,
              .is_mild = true,
              .unrepeatable_ends_with = LOST,
              .recovers_ms = SOON_MS},
         [PHASE_CONNECT] =
             {.wire = {.kind = WORLD_NO_ANSWER},
              .begin = close_standing,
              .ends_with = UNCONNECTED | LOST,
              .recovers_ms = CONNECT_MS},
         [PHASE_HANDSHAKE] =
             {.wire = {WORLD_STALL, IN_HANDSHAKE},
              .begin = say_goodbye,
              .over_tls = true,
              .ends_with = UNCONNECTED | LOST | TIMED_OUT,
              .recovers_ms = CONNECT_MS},
         [PHASE_SEND_HEAD] =
             {.wire = {WORLD_STALL, IN_REQUEST_HEAD},
              .ends_with = TIMED_OUT,
              .recovers_ms = STALL_MS},
         [PHASE_SEND_BODY] =
             {.wire = {WORLD_STALL, IN_REQUEST_BODY},
              .ends_with = TIMED_OUT,
              .recovers_ms = STALL_MS},
         [PHASE_FIRST_BYTE] =
             {.wire = {WORLD_STALL, AT_FIRST_BYTE},
              .ends_with = TIMED_OUT,
              .recovers_ms = STALL_MS},
         [PHASE_MID_BODY] =
             {.wire = {WORLD_STALL, IN_RESPONSE_BODY},
              .ends_with = TIMED_OUT,
              .recovers_ms = STALL_MS},
         [PHASE_IDLE] =
             {.begin = silence_idle,
              .at_once = true,
              .unrepeatable_ends_with = TIMED_OUT,
              .recovers_ms = STALL_MS},
     }},
    {"slow bytes",
     "there are no bytes",
     {
         [PHASE_RESOLVE] =
             {.begin = slow_name_servers_down,
              .end = mend_name_servers,
              .is_mild = true,
              .unrepeatable_ends_with = LOST,
              .recovers_ms = SOON_MS},
         [PHASE_CONNECT] =
             {.begin = connect_slowly,
              .end = connect_quickly,
              .ends_with = LOST,
              .recovers_ms = SOON_MS,
              .is_mild = true},
         [PHASE_HANDSHAKE] =
             {.wire = {WORLD_SLOW, .ns_per_byte = 20000},
              .begin = say_goodbye,
              .over_tls = true,
              .ends_with = LOST,
              .is_mild = true,
              .recovers_ms = SOON_MS},
         [PHASE_SEND_HEAD] =
             {.wire = {WORLD_SLOW, .of_requests = true, .ns_per_byte = 20000},
              .recovers_ms = SOON_MS,
              .is_mild = true},
         [PHASE_SEND_BODY] =
             {.wire = {WORLD_SLOW, IN_REQUEST_BODY, .ns_per_byte = 20000},
              .recovers_ms = SOON_MS,
              .is_mild = true},
         [PHASE_FIRST_BYTE] =
             {.wire = {WORLD_SLOW, AT_FIRST_BYTE, .ns_per_byte = 20000},
              .recovers_ms = SOON_MS,
              .is_mild = true},
         [PHASE_MID_BODY] =
             {.wire = {WORLD_SLOW, IN_RESPONSE_BODY, .ns_per_byte = 20000},
              .recovers_ms = SOON_MS,
              .is_mild = true},
     }},
    {"truncate",
     "it is answers that are cut short",
     {
         [PHASE_HANDSHAKE] =
             {.wire = {WORLD_CUT, .after_bytes = 3},
              .begin = say_goodbye,
              .over_tls = true,
              .ends_with = UNCONNECTED | LOST,
              .recovers_ms = AWAY_MS},
         [PHASE_FIRST_BYTE] =
             {.wire = {WORLD_CUT, .after_bytes = 20}, .ends_with = LOST, .recovers_ms = SOON_MS},
         [PHASE_MID_BODY] =
             {.says = {.status = 200, .cut = true, .cut_at = 33},
              .ends_with = LOST,
              .recovers_ms = SOON_MS},
         [PHASE_IDLE] =
             {.begin = begin_to_answer_idle,
              .at_once = true,
              .is_mild = true,
              .recovers_ms = SOON_MS},
     }},
    {"garbage",
     "what leaves us is as we made it",
     {
         [PHASE_HANDSHAKE] =
             {.wire = {WORLD_GARBAGE, .after_bytes = 0},
              .begin = say_goodbye,
              .over_tls = true,
              .ends_with = UNCONNECTED | LOST | BAD,
              .recovers_ms = CONNECT_MS},
         [PHASE_FIRST_BYTE] =
             {.wire = {WORLD_GARBAGE, AT_FIRST_BYTE},
              .ends_with = BAD | TIMED_OUT,
              .recovers_ms = STALL_MS},
         [PHASE_MID_BODY] =
             {.wire = {WORLD_GARBAGE, IN_RESPONSE_BODY},
              .ends_with = BAD | TIMED_OUT,
              .recovers_ms = STALL_MS},
         [PHASE_IDLE] =
             {.begin = disturb_idle, .at_once = true, .is_mild = true, .recovers_ms = SOON_MS},
     }},
    {"500",
     "a server answers what it has heard",
     {
         [PHASE_SEND_BODY] =
             {.says = ANSWER_500, .early = true, .ends_with = ERROR | LOST, .recovers_ms = SOON_MS},
         [PHASE_FIRST_BYTE] = {.says = ANSWER_500, .ends_with = ERROR, .recovers_ms = SOON_MS},
         [PHASE_IDLE] =
             {.begin = answer_500_idle, .at_once = true, .is_mild = true, .recovers_ms = SOON_MS},
     }},
    {"503 SlowDown",
     "a server answers what it has heard",
     {
         [PHASE_SEND_BODY] =
             {.says = ANSWER_503,
              .early = true,
              .ends_with = ERROR | LOST,
              .recovers_ms = THROTTLED_MS},
         [PHASE_FIRST_BYTE] = {.says = ANSWER_503, .ends_with = ERROR, .recovers_ms = THROTTLED_MS},
         [PHASE_IDLE] =
             {.begin = answer_503_idle, .at_once = true, .is_mild = true, .recovers_ms = SOON_MS},
     }},
    {"429 with Retry-After",
     "a server answers what it has heard",
     {
         [PHASE_SEND_BODY] =
             {.says = ANSWER_429,
              .early = true,
              .ends_with = ERROR | LOST,
              .recovers_ms = THROTTLED_MS},
         [PHASE_FIRST_BYTE] = {.says = ANSWER_429, .ends_with = ERROR, .recovers_ms = THROTTLED_MS},
         [PHASE_IDLE] =
             {.begin = answer_429_idle, .at_once = true, .is_mild = true, .recovers_ms = SOON_MS},
     }},
    {"clock off by 20 min",
     "it shows when a server looks at a signature",
     {
         [PHASE_FIRST_BYTE] =
             {.begin = put_clock_off,
              .end = put_clock_right,
              .recovers_ms = SOON_MS,
              .ends_with = ERROR},
         [PHASE_IDLE] = {.begin = put_clock_off, .at_once = true, .recovers_ms = SOON_MS},
     }},
    {"dead address of eight",
     "it is not known to be dead before it is met",
     {
         [PHASE_CONNECT] =
             {.wire = {.kind = WORLD_NO_ANSWER},
              .begin = close_standing,
              .of_eight = true,
              .is_mild = true,
              .unrepeatable_ends_with = LOST,
              .recovers_ms = CONNECT_MS},
         [PHASE_SEND_HEAD] =
             {.wire = {WORLD_STALL, IN_REQUEST_HEAD},
              .unrepeatable_ends_with = TIMED_OUT,
              .of_eight = true,
              .is_mild = true,
              .recovers_ms = STALL_MS},
         [PHASE_SEND_BODY] =
             {.wire = {WORLD_STALL, IN_REQUEST_BODY},
              .unrepeatable_ends_with = TIMED_OUT,
              .of_eight = true,
              .is_mild = true,
              .recovers_ms = STALL_MS},
         [PHASE_FIRST_BYTE] =
             {.wire = {WORLD_STALL, AT_FIRST_BYTE},
              .unrepeatable_ends_with = TIMED_OUT,
              .of_eight = true,
              .is_mild = true,
              .recovers_ms = STALL_MS},
         [PHASE_MID_BODY] =
             {.wire = {WORLD_STALL, IN_RESPONSE_BODY},
              .unrepeatable_ends_with = TIMED_OUT,
              .of_eight = true,
              .is_mild = true,
              .recovers_ms = STALL_MS},
         [PHASE_IDLE] =
             {.begin = silence_idle,
              .at_once = true,
              .of_eight = true,
              .is_mild = true,
              .unrepeatable_ends_with = TIMED_OUT,
              .recovers_ms = STALL_MS},
     }},
    {"DNS failure",
     "who has an address needs no name",
     {
         [PHASE_RESOLVE] =
             {.begin = break_name_servers,
              .end = mend_name_servers,
              .is_mild = true,
              .unrepeatable_ends_with = LOST,
              .recovers_ms = SOON_MS},
         [PHASE_CONNECT] =
             {.begin = lose_name,
              .asks_anew = true,
              .duration_ms = NO_NAME_MS,
              .ends_with = UNCONNECTED | LOST,
              .recovers_ms = AWAY_MS},
         [PHASE_IDLE] =
             {.begin = break_name_servers,
              .end = mend_name_servers,
              .is_mild = true,
              .recovers_ms = SOON_MS},
     }},
    {"DNS change",
     "a connection that stands stays where it is",
     {
         [PHASE_RESOLVE] =
             {.begin = rename_server,
              .at_once = true,
              .is_mild = true,
              .unrepeatable_ends_with = LOST,
              .recovers_ms = SOON_MS},
         [PHASE_CONNECT] =
             {.begin = replace_server,
              .duration_ms = TRIAL_TTL_S * 1000,
              .ends_with = UNCONNECTED | LOST,
              .recovers_ms = AWAY_MS},
         [PHASE_IDLE] =
             {.begin = move_server,
              .end = stop_server,
              .duration_ms = TRIAL_TTL_S * 1000 + 100,
              .is_mild = true,
              .unrepeatable_ends_with = LOST,
              .recovers_ms = SOON_MS},
     }},
    {"expired credentials",
     "it shows when a server looks at a signature",
     {
         [PHASE_FIRST_BYTE] =
             {.begin = expire,
              .end = renew,
              .ends_with = ERROR,
              .recovers_ms = SOON_MS,
              .is_final = true},
         [PHASE_IDLE] = {.begin = expire, .at_once = true, .recovers_ms = SOON_MS},
     }},
    {"TLS alert",
     "it is part of a handshake, or else of a close",
     {
         [PHASE_HANDSHAKE] =
             {.begin = alert,
              .end = shake_hands,
              .over_tls = true,
              .ends_with = UNCONNECTED | LOST,
              .recovers_ms = AWAY_MS},
         [PHASE_MID_BODY] =
             {.says = {.status = 200, .cut = true, .cut_at = 33},
              .over_tls = true,
              .ends_with = LOST,
              .unrepeatable_ends_with = LOST,
              .recovers_ms = SOON_MS},
         [PHASE_IDLE] =
             {.begin = say_goodbye,
              .at_once = true,
              .over_tls = true,
              .unrepeatable_ends_with = LOST,
              .is_mild = true,
              .recovers_ms = SOON_MS},
     }},
};

/* ---- The table ------------------------------------------------------------------------------- */

struct outcome {
    size_t troubled, failed, attempts, calls, repeated;
    uint64_t most_ms;
};

static void run_cell(const struct row *row, enum phase phase, uint64_t seeds, struct outcome *all)
{
    static struct trial trial;
    const struct cell *cell = &row->cells[phase];
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        trial_run(&trial, row->fault, phase, cell, seed);
        uint64_t since_ns =
            trial.recovered_ns > trial.ended_ns ? trial.recovered_ns - trial.ended_ns : 0;
        uint64_t since_ms = since_ns / TRIAL_MS;
        all->most_ms = since_ms > all->most_ms ? since_ms : all->most_ms;
        all->troubled += trial.troubled;
        all->failed += trial.failed;
        all->attempts += trial.attempts;
        all->calls += trial.journey.finished;
        all->repeated += trial.repeated;
    }
    if (all->most_ms > cell->recovers_ms)
        FAIL(
            "%s, %s: well after %llu ms only", row->fault, phase_names[phase],
            (unsigned long long)all->most_ms);
    if (!cell->is_mild && !all->troubled)
        FAIL("%s, %s: no call has met it", row->fault, phase_names[phase]);
}

static void print_head(uint64_t seeds)
{
    printf(
        "Milliseconds from the end of the fault until the last call that met it was over: the most "
        "of %llu seeds\n%-22s",
        (unsigned long long)seeds, "");
    for (int phase = 0; phase < PHASES; phase++)
        printf("%11s", phase_names[phase]);
    putchar('\n');
}

TEST(every_fault_in_every_phase_is_survived_and_over_soon)
{
    struct outcome all = {0};
    size_t cells = 0;
    const char *only = getenv("INIA_FAULT");
    uint64_t seeds = journey_seeds(SEEDS);
    print_head(seeds);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        printf("%-22s", rows[i].fault);
        for (int phase = 0; phase < PHASES; phase++) {
            struct outcome outcome = {0};
            if (!rows[i].cells[phase].recovers_ms || (only && strcmp(only, rows[i].fault) != 0)) {
                printf("%11s", "-");
                continue;
            }
            cells++;
            run_cell(&rows[i], (enum phase)phase, seeds, &outcome);
            printf("%11llu", (unsigned long long)outcome.most_ms);
            all.troubled += outcome.troubled;
            all.calls += outcome.calls;
            all.failed += outcome.failed;
            all.attempts += outcome.attempts;
            all.repeated += outcome.repeated;
        }
        printf("   -: %s\n", rows[i].elsewhere);
    }
    printf(
        "%zu cells, %zu calls, %zu in trouble, %zu ended with an error, %zu attempts; "
        "%zu done twice that must not be\n",
        cells, all.calls, all.troubled, all.failed, all.attempts, all.repeated);
    CHECK_EQ(all.repeated, 0);
    certificates_remove(&trial_certificates);
}
