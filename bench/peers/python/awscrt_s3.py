"""The S3 client of the AWS common runtime, through its Python binding, until it is ended."""

import io
import os
import threading
import urllib.parse

from awscrt import auth, http, io as crt_io, s3

import requests_of as wanted

where = urllib.parse.urlparse(wanted.ENDPOINT)
group = crt_io.EventLoopGroup(1)
resolver = crt_io.DefaultHostResolver(group)
bootstrap = crt_io.ClientBootstrap(group, resolver)
credentials = auth.AwsCredentialsProvider.new_static("test", "test")
is_tls = where.scheme == "https"
tls_options = None
if is_tls:
    context_options = crt_io.TlsContextOptions()
    context_options.override_default_trust_store_from_path(None, os.environ["AWS_CA_BUNDLE"])
    tls_options = crt_io.ClientTlsContext(context_options).new_connection_options()
    tls_options.set_server_name(where.hostname)
client = s3.S3Client(
    bootstrap=bootstrap, region="us-east-1", tls_connection_options=tls_options,
    tls_mode=s3.S3RequestTlsMode.ENABLED if is_tls else s3.S3RequestTlsMode.DISABLED,
    signing_config=s3.create_default_s3_signing_config(
        region="us-east-1", credential_provider=credentials))
failed = threading.Event()


def request():
    headers = http.HttpHeaders([("Host", where.netloc)])
    path = f"/{wanted.BUCKET}/{wanted.KEY}"
    if wanted.KIND == "get":
        return http.HttpRequest("GET", path, headers)
    headers.add("Content-Length", str(len(wanted.BODY)))
    return http.HttpRequest("PUT", path, headers, io.BytesIO(wanted.BODY))


def done(error=None, **_):
    if error:
        print(error, flush=True)
        failed.set()
    else:
        send()


def send():
    kind = s3.S3RequestType.GET_OBJECT if wanted.KIND == "get" else s3.S3RequestType.PUT_OBJECT
    client.make_request(
        type=kind, request=request(), on_done=done, on_body=lambda chunk, offset, **_: None)


for _ in range(wanted.IN_FLIGHT):
    send()
failed.wait()
os._exit(1)
