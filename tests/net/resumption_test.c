#include "secure_rig.h"

#include "net/state.h"

TEST(the_second_connection_to_a_host_resumes_the_first)
{
    struct rig rig;
    make_secure(&rig);
    for (int i = 0; i < 3; i++) {
        talk(&rig);
        rig_disconnect(&rig);
        CHECK_EQ(net_counters(rig.net)->handshakes, 2 * (i + 1));
        CHECK_EQ(net_counters(rig.net)->resumptions, 2 * i);
    }
    talk(&rig);
    rig_disconnect(&rig);
    rig_connect(&rig, "localhost");
    CHECK_EQ(net_counters(rig.net)->resumptions, 6);
    rig_remove(&rig);
}

TEST(a_handshake_that_fails_is_not_resumed_but_done_in_full_the_next_time)
{
    struct rig rig;
    struct certificates others;
    make_secure(&rig);
    talk(&rig);
    rig_disconnect(&rig);
    CHECK_EQ(rig.net->resumptions.ages.count, 1);
    certificates_make(&others, (struct net_certificate_config){0});
    net_identity_free(rig.identity);
    rig_identity(&rig, &others);
    rig_open(&rig, "127.0.0.1", 0);
    RIG_UNTIL(&rig, rig.client.is_opened && rig.server.is_opened);
    CHECK_EQ(rig.client.opened, INIA_CONNECT_FAILED);
    CHECK_EQ(rig.net->resumptions.ages.count, 0);
    rig_remove(&rig);
    certificates_remove(&others);
}
