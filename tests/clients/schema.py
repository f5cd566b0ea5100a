"""Holds kernel.json (the argument) against the schema of kernelspecs that Jupyter Server publishes (api.yaml, KernelSpecFile)."""

import json
import sys
from pathlib import Path

import jupyter_server
import yaml
from jsonschema import Draft4Validator
from jupyter_client.kernelspec import KernelSpec

api = yaml.safe_load((Path(jupyter_server.__file__).parent / "services" / "api" / "api.yaml").read_text())
schema = {**api["definitions"]["KernelSpecFile"], "type": "object"}
spec = json.loads(Path(sys.argv[1]).read_text())
faults = [error.message for error in Draft4Validator(schema).iter_errors(spec)]
known = set(KernelSpec.class_trait_names()) | {"kernel_protocol_version"}
control = [error.message for error in Draft4Validator(schema).iter_errors({**spec, "argv": "node", "env": {"A": 1}})]
print(json.dumps({"faults": faults, "unknown": sorted(set(spec) - known), "control": len(control)}))
