"""Reads a Grafana dashboard into the models of grafana-foundation-sdk and writes it again: what they do not know is lost, and what
is lost is an error. Arguments: FILE."""
import json
import sys

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard


def differences(left, right, path="dashboard"):
    if isinstance(left, dict):
        found = []
        for key, value in left.items():
            if key in right:
                found += differences(value, right[key], f"{path}.{key}")
            elif value not in (None, [], {}):
                found.append(f"{path}.{key}: not known")
        return found
    if isinstance(left, list):
        if len(left) != len(right):
            return [f"{path}: {len(left)} and {len(right)} items"]
        return [item for number, pair in enumerate(zip(left, right)) for item in differences(*pair, f"{path}[{number}]")]
    return [] if left == right else [f"{path}: {left!r} and {right!r}"]


register_default_plugins()
written = json.load(open(sys.argv[1]))
read = Dashboard.from_json(written)
lost = differences(written, json.loads(JSONEncoder().encode(read)))
assert not lost, "\n".join(lost)
kinds = {type(target).__module__.split(".")[-1] for panel in read.panels for target in panel.targets}
assert kinds == {"prometheus"}, kinds
print(f"{len(read.panels)} panels")
