/* What arrives by TLS, whole or cut, in the sizes it is asked for. */
#include "secure_rig.h"

#include "net/outbox.h"

static void answer_with_two(struct end *end)
{
    end->on_received = NULL;
    end_send(end, "0123456789abcdef", RING_SEND_QUIET);
}

static char small[10];

static void take_small(struct end *end)
{
    net_stream_receive_into(&end->stream, small, sizeof small);
}

TEST(what_a_fill_leaves_over_is_kept_until_it_is_asked_for)
{
    struct rig rig;
    make_secure(&rig);
    rig.server.on_received = answer_with_two;
    rig.client.on_opened = take_small;
    rig_connect(&rig, "127.0.0.1");
    end_send(&rig.client, "?", RING_SEND_QUIET);
    RIG_UNTIL(&rig, rig.client.fills == 1);
    CHECK_BYTES(small, 10, "0123456789", 10);
    rig_turn_for(&rig, 5);
    CHECK_EQ(rig.client.size, 0);
    net_stream_receive(&rig.client.stream);
    CHECK_EQ(rig.client.size, 0);
    RIG_UNTIL(&rig, rig.client.size == 6);
    CHECK_BYTES(rig.client.data, 6, "abcdef", 6);
    rig_remove(&rig);
}

TEST(nothing_comes_while_nothing_is_asked_for_and_all_of_it_afterwards)
{
    enum { SIZE = 60000 };
    static char from[SIZE];
    struct rig rig;
    fill_pattern(from, SIZE, 3);
    make_secure(&rig);
    rig.client.stays_quiet = true;
    rig_connect(&rig, "127.0.0.1");
    net_stream_send(&rig.server.stream, &(struct iovec){from, SIZE}, 1, RING_SEND_REPORT);
    RIG_UNTIL(&rig, rig.server.sents == 1);
    end_close(&rig.server);
    rig_turn_for(&rig, 10);
    CHECK_EQ(rig.client.size, 0);
    CHECK(!rig.client.has_ended);
    net_stream_receive(&rig.client.stream);
    RIG_UNTIL(&rig, rig.client.has_ended);
    CHECK_EQ(rig.client.ended, INIA_OK);
    CHECK_BYTES(rig.client.data, rig.client.size, from, SIZE);
    rig_remove(&rig);
}

static char medium[200000];
static size_t medium_step;

static void take_again(struct end *end)
{
    size_t at = (size_t)end->fills * medium_step;
    CHECK_EQ(end->filled, medium_step);
    if (at + medium_step <= sizeof medium)
        net_stream_receive_into(&end->stream, medium + at, medium_step);
    else
        net_stream_receive(&end->stream);
}

TEST(fills_of_any_size_follow_each_other)
{
    static const size_t steps[] = {1, 100, 16383, 16384, 16385, 40000, 65536, 70000, 200000};
    static char from[sizeof medium];
    fill_pattern(from, sizeof from, 9);
    for (size_t i = 0; i < COUNT_OF(steps); i++)
        for (int fast = 0; fast <= 1; fast++) {
            struct rig rig;
            make_secure(&rig);
            struct gcm_engine *engine = rig.net->gcm;
            if (!fast)
                rig.net->gcm = NULL;
            medium_step = steps[i];
            size_t whole = sizeof medium / medium_step * medium_step;
            memset(medium, 0, sizeof medium);
            rig.client.stays_quiet = true;
            rig.client.on_filled = take_again;
            rig_connect(&rig, "127.0.0.1");
            net_stream_receive_into(&rig.client.stream, medium, medium_step);
            net_stream_send(
                &rig.server.stream, &(struct iovec){from, sizeof from}, 1, RING_SEND_REPORT);
            RIG_UNTIL(
                &rig, rig.client.size == sizeof medium - whole && rig.server.sents &&
                          (size_t)rig.client.fills == sizeof medium / medium_step);
            CHECK(memcmp(medium, from, whole) == 0);
            CHECK(
                rig.client.size == 0 ||
                memcmp(rig.client.data, from + whole, rig.client.size) == 0);
            rig_remove(&rig);
            if (!fast)
                gcm_engine_free(engine);
        }
}

static void cut_off(struct end *end)
{
    end->stream.tls->is_broken = true; /* so that it says no farewell */
    end_close(end);
}

TEST(an_end_without_a_farewell_is_a_loss)
{
    struct rig rig;
    make_secure(&rig);
    talk(&rig);
    cut_off(&rig.server);
    RIG_UNTIL(&rig, rig.client.has_ended);
    CHECK_EQ(rig.client.ended, INIA_CONNECTION_LOST);
    rig_remove(&rig);
}

static void send_raw(struct end *end, text bytes)
{
    CHECK(outbox_add(end->stream.tls, bytes));
    outbox_flush(end->stream.tls);
}

TEST(a_record_that_is_cut_off_is_a_loss)
{
    struct rig rig;
    make_secure(&rig);
    talk(&rig);
    send_raw(
        &rig.server, TEXT("\x17\x03\x03\x01\x00"
                          "only a part of 256 bytes"));
    rig_turn_for(&rig, 5);
    CHECK(!rig.client.has_ended);
    end_close(&rig.server);
    RIG_UNTIL(&rig, rig.client.has_ended);
    CHECK_EQ(rig.client.ended, INIA_CONNECTION_LOST);
    rig_remove(&rig);
}

TEST(garbage_in_place_of_a_record_is_a_loss)
{
    static const char *const garbage[] = {
        "GET / HTTP/1.1\r\n\r\n",
        "\x17\x03\x03\xff\xff",
        "\x16\x03\x03\x01\x01",
        "\x17\x03\x03\x01\x14nothing like what it should be, though of the right length...........",
    };
    for (size_t i = 0; i < COUNT_OF(garbage); i++) {
        static char padded[400];
        struct rig rig;
        make_secure(&rig);
        talk(&rig);
        size_t size = strlen(garbage[i]);
        memset(padded, 'x', sizeof padded);
        memcpy(padded, garbage[i], size);
        send_raw(&rig.server, text_from(padded, sizeof padded));
        RIG_UNTIL(&rig, rig.client.has_ended);
        CHECK_EQ(rig.client.ended, INIA_CONNECTION_LOST);
        end_send(&rig.client, "too late", RING_SEND_REPORT);
        RIG_UNTIL(&rig, rig.client.sents == 2);
        CHECK_EQ(rig.client.sent, INIA_CONNECTION_LOST);
        rig_remove(&rig);
    }
}

TEST(a_forged_byte_in_a_large_transfer_is_a_loss)
{
    static char into[100000];
    struct rig rig;
    make_secure(&rig);
    rig.client.stays_quiet = true;
    rig_connect(&rig, "127.0.0.1");
    net_stream_receive_into(&rig.client.stream, into, sizeof into);
    static char from[100000];
    rig.server.stream.tls->write.sequence += 1;
    net_stream_send(&rig.server.stream, &(struct iovec){from, sizeof from}, 1, RING_SEND_REPORT);
    RIG_UNTIL(&rig, rig.client.fills == 1);
    CHECK_EQ(rig.client.fill_status, INIA_CONNECTION_LOST);
    CHECK_EQ(rig.client.filled, 0);
    rig_remove(&rig);
}
