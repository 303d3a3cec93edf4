"""Checks alerts (JSON lines on standard input) against OCSF 1.6 with two independent validators.

Each misses what the other sees: the JSON Schema knows extra fields, bad enums and missing attributes, the models know a
type_uid or a caption that does not fit its number. Prints what is wrong, one line each, and exits with 1 if anything is.
"""

import json
import sys

from jsonschema import Draft202012Validator
from ocsf.v1_6_0.events import DetectionFinding
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema
from pydantic import ValidationError

VERSION = "1.6.0"
CLASS = "detection_finding"


def extra_fields(model, path=""):
    """The models take fields that they do not know: find them."""
    for name in model.model_extra or {}:
        yield f"{path}/{name}: not in the model"


def main():
    schema = OcsfJsonSchemaEmbedded(get_ocsf_schema(version=VERSION))
    validator = Draft202012Validator(schema.get_class_schema(class_name=CLASS, profiles=[]))
    count, wrong = 0, 0
    for number, line in enumerate(sys.stdin, start=1):
        alert = json.loads(line)
        count += 1
        problems = [f"/{'/'.join(map(str, e.path))}: {e.message[:200]}" for e in validator.iter_errors(alert)]
        if alert["metadata"]["version"] != VERSION:
            problems.append(f"/metadata/version: {alert['metadata']['version']} is not {VERSION}")
        try:
            problems += extra_fields(DetectionFinding.model_validate(alert))
        except ValidationError as error:
            problems += [f"/{'/'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        for problem in problems:
            print(f"alert {number}: {problem}")
        wrong += bool(problems)
    print(f"{count} alerts, {wrong} invalid")
    sys.exit(1 if wrong or not count else 0)


if __name__ == "__main__":
    main()
