/* compress: request bodies as gzip, for operations that say so (requestcompression). */
#include "writing.h"

#define ZLIB_CONST
#include <zlib.h>

enum { LEAST_COMPRESSED = 10240 };

static bool is_wanted(const struct writing *writing)
{
    const struct model_operation *operation = writing->plan->operation;
    size_t least = writing->input->least_compressed ? writing->input->least_compressed
                                                    : (size_t)LEAST_COMPRESSED;
    if (writing->input->no_compression || writing->request->body.size < least)
        return false;
    for (size_t i = 0; i < operation->compression_count; i++) {
        if (text_equals(operation->compressions[i], TEXT("gzip")))
            return true;
    }
    return false;
}

static bool add_encoding(struct writing *writing)
{
    struct http_draft *draft = &writing->request->draft;
    for (size_t i = 0; i < draft->header_count; i++) {
        struct buffer value;
        if (!text_equals(draft->headers[i].name, TEXT("content-encoding")))
            continue;
        buffer_init(&value, writing->arena);
        buffer_add(&value, draft->headers[i].value);
        buffer_add(&value, value.size ? TEXT(", gzip") : TEXT("gzip"));
        draft->headers[i].value = buffer_text(&value);
        return buffer_ok(&value);
    }
    return http_draft_add(draft, writing->arena, TEXT("content-encoding"), TEXT("gzip"));
}

void compress_body(struct writing *writing)
{
    text body = writing->request->body;
    z_stream stream = {0};
    if (!is_wanted(writing) || body.size > UINT32_MAX / 2)
        return;
    if (deflateInit2(
            &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) !=
        Z_OK) {
        writing->failed = true;
        return;
    }
    size_t room = deflateBound(&stream, body.size);
    char *out = arena_alloc(writing->arena, room);
    stream.next_in = (const unsigned char *)body.data;
    stream.avail_in = (unsigned)body.size;
    stream.next_out = (unsigned char *)out;
    stream.avail_out = (unsigned)room;
    bool good = out && deflate(&stream, Z_FINISH) == Z_STREAM_END && add_encoding(writing);
    writing->request->body = (text){out, stream.total_out};
    deflateEnd(&stream);
    writing->failed = writing->failed || !good;
}
