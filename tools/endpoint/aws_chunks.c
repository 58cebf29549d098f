#include "aws_chunks.h"

enum { IN_LINE, IN_DATA, IN_DATA_END, IN_TRAILERS, IS_OVER };

/* Moves bytes of *input up to a LF to line. Returns 1 when the line is whole, without its end; 0
 * when input is used up; -1 when the line is too long. */
static int take_line(struct aws_chunks *chunks, text *input)
{
    while (input->size) {
        char byte = *input->data;
        *input = text_after(*input, 1);
        if (byte == '\n') {
            if (chunks->line_size && chunks->line[chunks->line_size - 1] == '\r')
                chunks->line_size--;
            return 1;
        }
        if (chunks->line_size == AWS_CHUNK_LINE_MOST)
            return -1;
        chunks->line[chunks->line_size++] = byte;
    }
    return 0;
}

static bool parse_size(text digits, uint64_t *size)
{
    *size = 0;
    if (!digits.size || digits.size > 15)
        return false;
    for (size_t i = 0; i < digits.size; i++) {
        char c = digits.data[i];
        unsigned value = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
                         : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10
                                                : 16;
        if (value == 16)
            return false;
        *size = *size * 16 + value;
    }
    return true;
}

static enum aws_chunk_event open_chunk(struct aws_chunks *chunks)
{
    text extension, line = {chunks->line, chunks->line_size};
    text digits = text_split(line, ';', &extension);
    if (!parse_size(digits, &chunks->left))
        return AWS_CHUNKS_BAD;
    chunks->signature_size = 0;
    if (extension.data) {
        text value, name = text_split(extension, '=', &value);
        if (!text_equals(name, TEXT("chunk-signature")) || value.size != AWS_CHUNK_SIGNATURE_SIZE)
            return AWS_CHUNKS_BAD;
        memcpy(chunks->signature, value.data, value.size);
        chunks->signature_size = value.size;
    }
    chunks->line_size = 0;
    chunks->is_last = chunks->left == 0;
    chunks->state = chunks->is_last ? IN_TRAILERS : IN_DATA;
    return chunks->is_last ? AWS_CHUNKS_END : AWS_CHUNKS_WANT;
}

static enum aws_chunk_event keep_trailer(struct aws_chunks *chunks)
{
    if (chunks->line_size == 0) {
        chunks->state = IS_OVER;
        return AWS_CHUNKS_DONE;
    }
    if (chunks->trailers_size + chunks->line_size + 1 > AWS_CHUNK_TRAILERS_MOST)
        return AWS_CHUNKS_BAD;
    memcpy(chunks->trailers + chunks->trailers_size, chunks->line, chunks->line_size);
    chunks->trailers_size += chunks->line_size;
    chunks->trailers[chunks->trailers_size++] = '\n';
    chunks->line_size = 0;
    return AWS_CHUNKS_WANT;
}

/* The line that is whole now means something else in each state. */
static enum aws_chunk_event end_line(struct aws_chunks *chunks)
{
    if (chunks->state == IN_LINE)
        return open_chunk(chunks);
    if (chunks->state == IN_TRAILERS)
        return keep_trailer(chunks);
    if (chunks->line_size)
        return AWS_CHUNKS_BAD;
    chunks->state = IN_LINE;
    return AWS_CHUNKS_END;
}

enum aws_chunk_event aws_chunks_next(struct aws_chunks *chunks, text *input, text *run)
{
    while (input->size) {
        if (chunks->state == IS_OVER)
            return AWS_CHUNKS_BAD;
        if (chunks->state == IN_DATA) {
            size_t size = chunks->left < input->size ? (size_t)chunks->left : input->size;
            *run = (text){input->data, size};
            *input = text_after(*input, size);
            chunks->left -= size;
            if (!chunks->left)
                chunks->state = IN_DATA_END;
            return AWS_CHUNKS_DATA;
        }
        int whole = take_line(chunks, input);
        if (whole <= 0)
            return whole ? AWS_CHUNKS_BAD : AWS_CHUNKS_WANT;
        enum aws_chunk_event event = end_line(chunks);
        if (event != AWS_CHUNKS_WANT)
            return event;
    }
    return AWS_CHUNKS_WANT;
}

text aws_chunks_trailer(const struct aws_chunks *chunks, text name)
{
    text rest = {chunks->trailers, chunks->trailers_size};
    while (rest.size) {
        text value, line = text_split(rest, '\n', &rest);
        text found = text_split(line, ':', &value);
        if (value.data && text_equals_ignoring_case(text_trim(found), name))
            return text_trim(value);
    }
    return (text){NULL, 0};
}
