#include "s3.h"

void s3_create_session(struct request *request)
{
    struct server *server = request->server;
    struct session session;
    struct buffer out;
    if (!s3_bucket(request))
        return;
    if (!text_ends_with(request->bucket, TEXT("--x-s3"))) {
        request_refuse(
            request, &refusal_invalid_argument, TEXT("only directory buckets have sessions"));
        return;
    }
    session_make(&session, &server->verifier.secret, server_now_ms(server) / 1000 + SESSION_S);
    s3_begin_xml(request, &out);
    buffer_add(
        &out, TEXT("<CreateSessionResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
                   "<Credentials>"));
    s3_element(&out, TEXT("SessionToken"), text_from(session.token, sizeof session.token));
    s3_element(&out, TEXT("SecretAccessKey"), secret_text(&session.secret_key));
    s3_element(&out, TEXT("AccessKeyId"), text_from(session.key, session.key_size));
    s3_element_date(&out, TEXT("Expiration"), session.expires_s * 1000);
    buffer_add(&out, TEXT("</Credentials></CreateSessionResult>"));
    secret_clear(&session.secret_key);
    s3_end_xml(request, &out);
}
