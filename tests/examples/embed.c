/* inia inside an epoll loop that also serves standard input: each line is a key to look up. */
#include <inia/inia.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

static const inia_operation *head_object;

static void on_head(inia_call *call)
{
    const char *size = inia_get(call, "ContentLength");
    printf(
        "%s: %s\n", (char *)call->user_data,
        call->status == INIA_OK && size ? size : call->error_code);
    inia_release(call);
}

static bool look_up(inia_client *s3, char *key)
{
    return inia_submit(
               s3, &(inia_request){
                       .operation = head_object,
                       .params = (inia_param[]){{"Bucket", "media"}, {"Key", key}, {0}},
                       .on_done = on_head,
                       .user_data = key,
                   }) != NULL;
}

int main(void)
{
    static char lines[1000][128];
    inia_error error;
    inia_engine *engine = inia_engine_new(NULL, &error);
    inia_client *s3 = inia_client_new(engine, &(inia_client_config){.service = "s3"}, &error);
    if (!s3)
        return 1;
    head_object = inia_find_operation(s3, "HeadObject", &error);

    setvbuf(stdin, NULL, _IONBF, 0); /* what epoll sees is what fgets has */
    int loop = epoll_create1(EPOLL_CLOEXEC);
    epoll_ctl(
        loop, EPOLL_CTL_ADD, STDIN_FILENO,
        &(struct epoll_event){.events = EPOLLIN, .data.fd = STDIN_FILENO});
    epoll_ctl(
        loop, EPOLL_CTL_ADD, inia_fd(engine),
        &(struct epoll_event){.events = EPOLLIN, .data.fd = inia_fd(engine)});

    bool reading = true;
    for (size_t used = 0; reading || inia_pending(engine) > 0;) {
        struct epoll_event event;
        if (epoll_wait(loop, &event, 1, -1) < 1)
            continue;
        if (event.data.fd == STDIN_FILENO) {
            reading = used < 1000 && fgets(lines[used], sizeof lines[used], stdin) != NULL;
            if (reading) {
                lines[used][strcspn(lines[used], "\n")] = '\0';
                look_up(s3, lines[used++]);
            } else {
                epoll_ctl(loop, EPOLL_CTL_DEL, STDIN_FILENO, NULL);
            }
        } else {
            inia_wait(engine, NULL, 0, 0);
        }
    }
    inia_engine_free(engine);
}
