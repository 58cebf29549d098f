"""What the peers in Python are asked to send, by the environment, and the body they send."""

import os

KIND = os.environ["PEER_KIND"]  # get, put or sqs
ENDPOINT = os.environ["PEER_ENDPOINT"]
IN_FLIGHT = int(os.environ["PEER_IN_FLIGHT"])
BUCKET = os.environ["PEER_BUCKET"]
KEY = os.environ["PEER_KEY"]
QUEUE = os.environ["PEER_QUEUE"]
BODY = bytes(ord("a") + i % 26 for i in range(int(os.environ["PEER_SIZE"])))
SERVICE = "sqs" if KIND == "sqs" else "s3"
CONFIG = {
    "max_pool_connections": IN_FLIGHT,
    "s3": {"addressing_style": "path"},
    "request_checksum_calculation": "when_required",
    "response_checksum_validation": "when_required",
    "retries": {"max_attempts": 1},
}
