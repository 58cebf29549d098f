#include "s3.h"

enum { DELETE_MOST = 1000 };

void s3_delete_object(struct request *request)
{
    struct bucket *bucket = s3_bucket(request);
    if (!bucket)
        return;
    bucket_remove(&request->server->store, bucket, request->key);
    reply_begin(request, 204);
    reply_end(request);
}

static size_t count_objects(const struct xml_node *root)
{
    size_t count = 0;
    const struct xml_node *node = xml_child(root, TEXT("Object"));
    for (; node; node = xml_next_named(node, TEXT("Object")))
        count += xml_child(node, TEXT("Key")) ? 1 : DELETE_MOST + 1;
    return count;
}

void s3_delete_objects(struct request *request)
{
    struct bucket *bucket = s3_bucket(request);
    if (!bucket)
        return;
    struct xml_problem problem;
    const struct xml_node *root =
        xml_parse(request->server->xml, request->body.text, request->arena, &problem);
    size_t count = root ? count_objects(root) : 0;
    if (!root || !text_equals(root->name, TEXT("Delete")) || !count || count > DELETE_MOST) {
        request_refuse(request, &refusal_malformed_xml, (text){0});
        return;
    }
    const struct xml_node *quiet = xml_child(root, TEXT("Quiet"));
    bool is_quiet = quiet && text_equals(text_trim(quiet->value), TEXT("true"));
    struct buffer out;
    s3_begin_xml(request, &out);
    buffer_add(&out, TEXT("<DeleteResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"));
    const struct xml_node *node = xml_child(root, TEXT("Object"));
    for (; node; node = xml_next_named(node, TEXT("Object"))) {
        text key = xml_child(node, TEXT("Key"))->value;
        bucket_remove(&request->server->store, bucket, key);
        if (is_quiet)
            continue;
        buffer_add(&out, TEXT("<Deleted>"));
        s3_element(&out, TEXT("Key"), key);
        buffer_add(&out, TEXT("</Deleted>"));
    }
    buffer_add(&out, TEXT("</DeleteResult>"));
    s3_end_xml(request, &out);
}
