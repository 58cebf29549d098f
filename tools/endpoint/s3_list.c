/*
 * Design notes
 *
 * Both versions of ListObjects are one walk along the index. It goes on after a name, which is the
 * last one given: a key, or a common prefix, in which case all keys under it are skipped. A
 * continuation token is that name in base64.
 */
#include "s3.h"

enum { LIST_MOST = 1000 };

struct listing {
    struct request *request;
    const struct bucket *bucket;
    text prefix, delimiter;
    text after; /* names up to this one were given before; empty: none */
    size_t most;
    bool is_encoded; /* encoding-type=url */
    bool has_owner;
    struct buffer out;
    size_t count;
    text last; /* the name given last */
    bool is_truncated;
};

static void add_name(struct listing *listing, text element, text name)
{
    if (!listing->is_encoded) {
        s3_element(&listing->out, element, name);
        return;
    }
    struct buffer encoded;
    buffer_init(&encoded, listing->request->arena);
    buffer_add_percent(&encoded, name, PERCENT_PATH);
    s3_element(&listing->out, element, buffer_text(&encoded));
    if (!buffer_ok(&encoded))
        listing->out.failed = true;
}

static void add_object(struct listing *listing, const struct stored *stored)
{
    struct buffer *out = &listing->out;
    buffer_add(out, TEXT("<Contents>"));
    add_name(listing, TEXT("Key"), stored->entry.key);
    s3_element_date(out, TEXT("LastModified"), stored->object->modified_ms);
    s3_element_etag(out, object_etag(stored->object));
    if (stored->object->checksum_algorithm != CHECKSUM_NONE)
        s3_element(
            out, TEXT("ChecksumAlgorithm"), checksum_name(stored->object->checksum_algorithm));
    s3_element_u64(out, TEXT("Size"), stored->object->size);
    if (listing->has_owner)
        buffer_add(out, TEXT("<Owner><ID>inia</ID><DisplayName>inia</DisplayName></Owner>"));
    buffer_add(out, TEXT("<StorageClass>STANDARD</StorageClass></Contents>"));
}

/* The part of a key up to the first delimiter behind the prefix; absent if there is none. */
static text common_prefix(const struct listing *listing, text key)
{
    if (!listing->delimiter.size)
        return (text){0};
    text rest = text_after(key, listing->prefix.size);
    size_t at = text_find_text(rest, listing->delimiter);
    if (at == SIZE_MAX)
        return (text){0};
    return (text){key.data, listing->prefix.size + at + listing->delimiter.size};
}

/* The first entry behind all whose key starts with prefix. */
static struct index_entry *skip_prefix(const struct listing *listing, text prefix)
{
    char next[KEY_MOST];
    memcpy(next, prefix.data, prefix.size);
    size_t size = prefix.size;
    while (size && (unsigned char)next[size - 1] == 0xff)
        size--;
    if (!size)
        return NULL;
    next[size - 1]++;
    return index_from(&listing->bucket->objects, (text){next, size});
}

static struct index_entry *first_entry(const struct listing *listing)
{
    const struct index *objects = &listing->bucket->objects;
    if (text_compare(listing->after, listing->prefix) < 0 || !listing->after.size)
        return index_from(objects, listing->prefix);
    if (text_starts_with(listing->after, listing->prefix)) {
        text common = common_prefix(listing, listing->after);
        if (common.data && text_equals(common, listing->after))
            return skip_prefix(listing, common);
    }
    return index_after(objects, listing->after);
}

static void walk(struct listing *listing)
{
    struct index_entry *entry = first_entry(listing);
    while (entry && text_starts_with(entry->key, listing->prefix)) {
        if (listing->count == listing->most) {
            listing->is_truncated = listing->most > 0;
            return;
        }
        listing->count++;
        text common = common_prefix(listing, entry->key);
        if (common.data) {
            buffer_add(&listing->out, TEXT("<CommonPrefixes>"));
            add_name(listing, TEXT("Prefix"), common);
            buffer_add(&listing->out, TEXT("</CommonPrefixes>"));
            listing->last = common;
            entry = skip_prefix(listing, common);
        } else {
            add_object(listing, CONTAINER_OF(entry, struct stored, entry));
            listing->last = entry->key;
            entry = index_after(&listing->bucket->objects, entry->key);
        }
    }
}

static bool begin(struct listing *listing, struct request *request)
{
    const struct query *query = &request->query;
    *listing = (struct listing){
        .request = request,
        .bucket = s3_bucket(request),
        .prefix = query_value(query, TEXT("prefix")),
        .delimiter = query_value(query, TEXT("delimiter")),
        .most = LIST_MOST,
        .is_encoded = text_equals(query_value(query, TEXT("encoding-type")), TEXT("url")),
    };
    if (!listing->bucket)
        return false;
    text most = query_value(query, TEXT("max-keys"));
    uint64_t number;
    if (most.size && !text_to_u64(most, &number)) {
        request_refuse(
            request, &refusal_invalid_argument,
            TEXT("Provided max-keys not an integer or within integer range"));
        return false;
    }
    if (most.size && number < LIST_MOST)
        listing->most = (size_t)number;
    s3_begin_xml(request, &listing->out);
    buffer_add(
        &listing->out,
        TEXT("<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"));
    s3_element(&listing->out, TEXT("Name"), request->bucket);
    add_name(listing, TEXT("Prefix"), listing->prefix);
    s3_element_u64(&listing->out, TEXT("MaxKeys"), listing->most);
    if (listing->delimiter.size)
        add_name(listing, TEXT("Delimiter"), listing->delimiter);
    if (listing->is_encoded)
        s3_element(&listing->out, TEXT("EncodingType"), TEXT("url"));
    return true;
}

static void end(struct listing *listing)
{
    s3_element(
        &listing->out, TEXT("IsTruncated"), listing->is_truncated ? TEXT("true") : TEXT("false"));
    buffer_add(&listing->out, TEXT("</ListBucketResult>"));
    s3_end_xml(listing->request, &listing->out);
}

void s3_list_objects(struct request *request)
{
    struct listing listing;
    if (!begin(&listing, request))
        return;
    listing.after = query_value(&request->query, TEXT("marker"));
    listing.has_owner = true;
    add_name(&listing, TEXT("Marker"), listing.after);
    walk(&listing);
    if (listing.is_truncated)
        add_name(&listing, TEXT("NextMarker"), listing.last);
    end(&listing);
}

/* The name a token stands for. false: it is none of ours. */
static bool read_token(text token, char name[KEY_MOST + 3], text *after)
{
    if (token.size > base64_encoded_size(KEY_MOST))
        return false;
    size_t size = base64_decode(name, token);
    *after = (text){name, size};
    return size != SIZE_MAX && size <= KEY_MOST;
}

static void add_token(struct listing *listing)
{
    buffer_add(&listing->out, TEXT("<NextContinuationToken>"));
    buffer_add_base64(&listing->out, listing->last);
    buffer_add(&listing->out, TEXT("</NextContinuationToken>"));
}

void s3_list_objects_v2(struct request *request)
{
    struct listing listing;
    char name[KEY_MOST + 3];
    if (!begin(&listing, request))
        return;
    text token = query_value(&request->query, TEXT("continuation-token"));
    listing.after = query_value(&request->query, TEXT("start-after"));
    listing.has_owner =
        text_equals(query_value(&request->query, TEXT("fetch-owner")), TEXT("true"));
    if (listing.after.size)
        add_name(&listing, TEXT("StartAfter"), listing.after);
    if (token.data) {
        if (!read_token(token, name, &listing.after)) {
            request_refuse(
                request, &refusal_invalid_argument,
                TEXT("The continuation token provided is incorrect"));
            return;
        }
        s3_element(&listing.out, TEXT("ContinuationToken"), token);
    }
    walk(&listing);
    s3_element_u64(&listing.out, TEXT("KeyCount"), listing.count);
    if (listing.is_truncated)
        add_token(&listing);
    end(&listing);
}
