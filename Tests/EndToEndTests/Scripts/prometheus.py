"""Lets a real Prometheus scrape a page and asks it: prometheus.py PAGE TOKEN QUERY. Prints the first value."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

page, token, query = sys.argv[1:4]
folder = tempfile.mkdtemp(prefix="prometheus-")
with socket.create_server(("127.0.0.1", 0)) as free:
    port = free.getsockname()[1]
with open(os.path.join(folder, "prometheus.yml"), "w") as file:
    json.dump({  # JSON is YAML
        "global": {"scrape_interval": "1s"},
        "scrape_configs": [{
            "job_name": "cliosync", "authorization": {"credentials": token},
            "static_configs": [{"targets": [urllib.parse.urlparse(page).netloc]}]}]}, file)
process = subprocess.Popen(
    ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
     f"--web.listen-address=127.0.0.1:{port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
try:
    end = time.time() + 40
    while True:
        try:
            url = f"http://127.0.0.1:{port}/api/v1/query?" + urllib.parse.urlencode({"query": query})
            result = json.load(urllib.request.urlopen(url, timeout=5))["data"]["result"]
            if result:
                print(result[0]["value"][1])
                break
        except OSError:
            pass
        assert time.time() < end and process.poll() is None, "Prometheus saw nothing"
        time.sleep(0.2)
finally:
    process.terminate()
    process.wait()
    shutil.rmtree(folder, ignore_errors=True)
