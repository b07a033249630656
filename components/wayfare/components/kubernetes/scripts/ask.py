"""Asks a server of the OpenAI API for one token. Ends with 0 when it was given; runs in the workload's container.

Argument: the port. Needs nothing beside Python.
"""

import json
import sys
import urllib.request

URL = f"http://127.0.0.1:{sys.argv[1]}/v1"
#: Seconds that one answer may take. The first waits for kernels to be compiled.
PATIENCE = 50

with urllib.request.urlopen(f"{URL}/models", timeout=PATIENCE) as models:  # noqa: S310 - ours
    name = json.load(models)["data"][0]["id"]
body = json.dumps({"model": name, "prompt": "1", "max_tokens": 1}).encode()
request = urllib.request.Request(f"{URL}/completions", body, {"Content-Type": "application/json"})  # noqa: S310 - ours
with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310 - ours
    json.load(answer)["choices"][0]
