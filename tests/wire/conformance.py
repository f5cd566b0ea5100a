"""jupyter_kernel_test, the Jupyter project's own suite, on our kernel; prints each test's outcome."""

import json
import os
import tempfile
import unittest

from client import ARGV, record

# The suite finds kernels by their kernelspec.
data = tempfile.mkdtemp()
os.environ["JUPYTER_PATH"] = data
folder = os.path.join(data, "kernels", "below")
os.makedirs(folder)
with open(os.path.join(folder, "kernel.json"), "w") as file:
    json.dump({"argv": ARGV, "display_name": "below", "language": "typescript", "interrupt_mode": "message"}, file)

import jupyter_kernel_test  # noqa: E402


class BelowTests(jupyter_kernel_test.KernelTests):
    kernel_name = "below"
    language_name = "typescript"
    file_extension = ".ts"
    code_hello_world = "console.log('hello, world')"
    code_stderr = "console.error('oops')"
    completion_samples = [{"text": "Math.ab", "matches": {"abs"}}, {"text": "globalTh", "matches": {"globalThis"}}, {"text": "'x'.padS", "matches": {"padStart"}}]
    complete_code_samples = ["1 + 1", "const x: number = 1", "await null", "function f() {\n  return 1\n}"]
    incomplete_code_samples = ["function f() {", "`a", "[1,", "if (true) {"]
    invalid_code_samples = ["let = = 3", "const const = 1", "}"]
    code_generate_error = "throw new Error('x')"
    code_execute_result = [{"code": "6 * 7", "result": "42"}, {"code": "'a' + 'b'", "result": "'ab'"}, {"code": "[1, 2]", "result": "[ 1, 2 ]"}]
    code_display_data = [{"code": "display({ 'image/svg+xml': '<svg/>' }, { raw: true })", "mime": "image/svg+xml"}]
    code_history_pattern = "6 ? 7"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "Math.max"
    code_clear_output = "clearOutput()"
    code_page_something = "import { page } from 'below/display'\npage('a page of text')"


class BelowWelcomeTests(jupyter_kernel_test.IopubWelcomeTests):
    kernel_name = "below"
    support_iopub_welcome = True


loader = unittest.TestLoader()
for test in [*loader.loadTestsFromTestCase(BelowTests)._tests, *loader.loadTestsFromTestCase(BelowWelcomeTests)._tests]:
    suite = unittest.TestSuite([test])
    result = suite.run(unittest.TestResult())
    outcome = "skipped" if result.skipped else "passed" if result.wasSuccessful() else "failed"
    record(test._testMethodName, outcome=outcome, why=[text[-1500:] for _, text in result.errors + result.failures] or [reason for _, reason in result.skipped])
