#include "cbor_body.h"
#include "json_body.h"
#include "query_body.h"
#include "xml_body.h"

const struct codec json_codec = {
    .time = MODEL_TIME_EPOCH,
    .write_members = json_body_members,
    .write_payload = json_body_payload,
    .read_body = json_parse_body,
    .read_member = json_read_member,
    .read_payload = json_read_payload,
    .read_error = json_read_error,
};

const struct codec rest_json_codec = {
    .uses_locations = true,
    .content_type = TEXT_INIT("application/json"),
    .time = MODEL_TIME_EPOCH,
    .write_members = json_body_members,
    .write_payload = json_body_payload,
    .read_body = json_parse_body,
    .read_member = json_read_member,
    .read_payload = json_read_payload,
    .read_error = json_read_error,
};

const struct codec rest_xml_codec = {
    .uses_locations = true,
    .content_type = TEXT_INIT("application/xml"),
    .time = MODEL_TIME_ISO8601,
    .write_members = xml_body_members,
    .write_payload = xml_body_payload,
    .read_body = xml_parse_body,
    .read_member = xml_read_member,
    .read_payload = xml_read_payload,
    .read_error = xml_read_error,
};

const struct codec query_codec = {
    .content_type = TEXT_INIT("application/x-www-form-urlencoded"),
    .time = MODEL_TIME_ISO8601,
    .write_members = query_body_members,
    .read_body = xml_parse_query_body,
    .read_member = xml_read_member,
    .read_payload = xml_read_payload,
    .read_error = xml_read_error,
};

const struct codec ec2_codec = {
    .content_type = TEXT_INIT("application/x-www-form-urlencoded"),
    .time = MODEL_TIME_ISO8601,
    .write_members = query_body_members,
    .read_body = xml_parse_query_body,
    .read_member = xml_read_member,
    .read_payload = xml_read_payload,
    .read_error = xml_read_error,
};

const struct codec cbor_codec = {
    .content_type = TEXT_INIT("application/cbor"),
    .time = MODEL_TIME_EPOCH,
    .write_members = cbor_body_members,
    .write_payload = cbor_body_payload,
    .read_body = cbor_parse_body,
    .read_member = json_read_member,
    .read_payload = json_read_payload,
    .read_error = cbor_read_error,
};
