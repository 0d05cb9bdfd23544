"""Validates pipeline files against pipeline.schema.json as an editor does: validate_schema.py SCHEMA FILE...

Prints a line per violation and exits with 1 if there is one, with 77 if PyYAML or jsonschema is not installed.
"""
import json
import sys

try:
    import jsonschema
    import yaml
except ImportError:
    sys.exit(77)


class Loader(yaml.SafeLoader):
    """YAML 1.2 as editors read it: dates are text, yes and no are text."""


Loader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in rules if tag not in ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:bool")]
    for letter, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", __import__("re").compile("^(true|false)$"), list("tf"))

with open(sys.argv[1]) as file:
    schema = json.load(file)
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
failed = False
for path in sys.argv[2:]:
    with open(path) as file:
        document = yaml.load(file, Loader)
    for error in validator.iter_errors(document):
        failed = True
        print(f"{path}: {'/'.join(map(str, error.absolute_path))}: {error.message[:200]}")
sys.exit(1 if failed else 0)
