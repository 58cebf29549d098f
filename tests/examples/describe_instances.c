/* tornado-botocore's example: EC2's DescribeInstances, with a callback and awaited in a task. */
#include <inia/inia.h>
#include <stdio.h>

static inia_client *ec2;
static const inia_operation *describe_instances;

static void print_instances(const char *how, inia_call *call)
{
    char path[64];
    const char *id;
    printf("%s: %s %s\n", how, inia_status_name(call->status), call->message);
    for (int reservation = 0, instance = 0;; instance++) {
        snprintf(
            path, sizeof path, "Reservations[%d].Instances[%d].InstanceId", reservation, instance);
        if ((id = inia_get(call, path))) {
            printf("%s: %s\n", how, id);
        } else if (instance == 0) {
            return;
        } else {
            reservation++;
            instance = -1;
        }
    }
}

static void on_response(inia_call *call)
{
    print_instances("callback", call);
    inia_release(call);
}

static void describe(inia_engine *engine, void *arg)
{
    (void)engine, (void)arg;
    inia_call *call =
        inia_await(inia_submit(ec2, &(inia_request){.operation = describe_instances}));
    print_instances("awaited", call);
    inia_release(call);
}

int main(void)
{
    inia_error error;
    inia_engine *engine = inia_engine_new(NULL, &error);
    ec2 = inia_client_new(engine, &(inia_client_config){.service = "ec2"}, &error);
    describe_instances = inia_find_operation(ec2, "DescribeInstances", &error);
    if (!describe_instances)
        return fprintf(stderr, "%s\n", error.detail), 1;

    inia_submit(ec2, &(inia_request){.operation = describe_instances, .on_done = on_response});
    inia_spawn(engine, describe, NULL);
    while (inia_pending(engine) > 0)
        inia_wait(engine, NULL, 0, -1);
    inia_engine_free(engine);
}
