/** The Jupyter project's own kernel suite (jupyter_kernel_test). The facts are conformance.py's. */
import { expect, test } from "vitest";
import { scenario } from "./scenario.ts";

const facts = scenario("conformance.py");

const names = [
  "test_kernel_info",
  "test_execute_stdout",
  "test_execute_stderr",
  "test_completion",
  "test_is_complete",
  "test_error",
  "test_execute_result",
  "test_display_data",
  "test_history",
  "test_inspect",
  "test_clear_output",
  "test_pager",
  "test_recv_iopub_welcome_msg",
];
for (const name of names) {
  test(`jupyter_kernel_test's ${name} passes`, (context) => {
    expect(facts(context, name)).toMatchObject({ outcome: "passed", why: [] });
  });
}
