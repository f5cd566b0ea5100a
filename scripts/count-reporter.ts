/**
 * Vitest → counts, as JSON in the file that BELOW_TEST_COUNTS names.
 * What is not a failed test but still a failure counts too: a file that does not load, a worker that dies,
 * an error that nobody caught.
 */
import { writeFileSync } from "node:fs";
import type { Reporter, SerializedError, TestCase, TestModule } from "vitest/node";

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  /** `file > test: why`, one for each. */
  readonly skipped: readonly string[];
}

export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    const file = process.env.BELOW_TEST_COUNTS;
    if (file) writeFileSync(file, JSON.stringify(count(modules, errors.length)));
  }
}

function count(modules: readonly TestModule[], errors: number): Counts {
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  const inState = (...states: readonly string[]): TestCase[] =>
    tests.filter((test) => states.includes(test.result().state));
  const broken = modules.filter((module) => !module.ok() && !hasFailedTest(module)).length;
  return {
    passed: inState("passed").length,
    failed: inState("failed", "pending").length + broken + errors, // pending at the end: its worker died
    skipped: inState("skipped").map(nameAndReason),
  };
}

const hasFailedTest = (module: TestModule): boolean =>
  [...module.children.allTests()].some((test) => ["failed", "pending"].includes(test.result().state));

function nameAndReason(test: TestCase): string {
  const result = test.result();
  const reason = result.state === "skipped" && result.note ? result.note : "no reason given";
  return `${test.module.relativeModuleId} > ${test.fullName}: ${reason}`;
}
