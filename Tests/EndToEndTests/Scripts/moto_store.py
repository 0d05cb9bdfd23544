"""A bucket of moto's S3 server, which has the signed names and answers of the real one: moto_store.py."""

import logging

import boto3
from moto.server import ThreadedMotoServer

# Its first line must be the address.
logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
address = f"http://127.0.0.1:{port}"
boto3.client(
    "s3", endpoint_url=address, region_name="us-east-1", aws_access_key_id="KEY", aws_secret_access_key="SECRET",
).create_bucket(Bucket="bucket")
print(f"listening on {address}", flush=True)
server._thread.join()
