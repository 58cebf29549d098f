/* s3: the operations of S3 on the store, one function each, and what they have in common. */
#ifndef ENDPOINT_S3_H
#define ENDPOINT_S3_H

#include "refusals.h"
#include "request.h"
#include "server.h"

enum { S3_PART_LEAST = 5 << 20, S3_METADATA_MOST = 2048 };

void s3_route(struct request *request); /* sets bucket, key and operation, or refuses */
void s3_write_refusal(struct request *request);

/* What the request names; NULL when it is not there and the request is refused. */
struct bucket *s3_bucket(struct request *request);
struct object *s3_object(struct request *request);

/* <Name>value</Name>, escaped. */
void s3_element(struct buffer *out, text name, text value);
void s3_element_u64(struct buffer *out, text name, uint64_t value);
void s3_element_date(struct buffer *out, text name, int64_t ms);
void s3_element_etag(struct buffer *out, text etag);            /* <ETag>, in quotes */
void s3_begin_xml(struct request *request, struct buffer *out); /* in the request's arena */
void s3_end_xml(struct request *request, struct buffer *out);   /* answers 200 with it */

/* The conditions of a request on an object, which may be NULL: 200 when they hold, 304, 412. */
struct conditions {
    text if_match, if_none_match, if_modified_since, if_unmodified_since;
};
struct conditions s3_conditions(const struct request *request);
struct conditions s3_copy_conditions(const struct request *request);
int s3_judge(const struct conditions *conditions, const struct object *object);

enum range_verdict { RANGE_NONE, RANGE_GOOD, RANGE_BAD };
/* "bytes=0-9" and so on, of size bytes. RANGE_NONE: absent, or not to be understood. */
enum range_verdict s3_range(text range, size_t size, size_t *offset, size_t *length);

/* The request's body as an object: size, etag and checksum, which are compared with what the client
 * says they are. Held once. NULL: the request is refused. */
struct object *s3_take_object(struct request *request);
void s3_set_etag(const struct server *server, struct object *object);
text s3_unquoted(text etag);

/* The header fields to be stored with an object, in the arena. data NULL: the request is refused.
 */
text s3_own_fields(struct request *request);
void s3_add_checksum(struct request *request, const struct object *object);

/* The upload and part number that the query names; NULL: refused. */
struct upload *s3_upload(struct request *request, struct bucket *bucket, uint64_t *number);

/* Gives the part to its upload. false: no memory: it is gone, and the request refused. */
bool s3_keep_part(
    struct request *request, struct upload *upload, uint64_t number, struct object *part);

/* Puts object under the request's name, taking it over; or refuses. */
bool s3_store(struct request *request, struct bucket *bucket, struct object *object);

void s3_list_buckets(struct request *request);
void s3_create_bucket(struct request *request);
void s3_head_bucket(struct request *request);
void s3_delete_bucket(struct request *request);
void s3_get_bucket_location(struct request *request);
void s3_create_session(struct request *request);
void s3_list_objects(struct request *request);
void s3_list_objects_v2(struct request *request);
void s3_delete_objects(struct request *request);
void s3_get_object(struct request *request); /* and HeadObject */
void s3_put_object(struct request *request);
void s3_delete_object(struct request *request);
void s3_copy_object(struct request *request);
void s3_create_upload(struct request *request);
void s3_upload_part(struct request *request);
void s3_upload_part_copy(struct request *request);
void s3_complete_upload(struct request *request);
void s3_abort_upload(struct request *request);
void s3_list_parts(struct request *request);
void s3_list_uploads(struct request *request);

#endif
