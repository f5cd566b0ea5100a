/**
 * Asking the reader from main: posts the question and blocks until the worker has the answer. Interruptible.
 */
import { receiveMessageOnPort } from "node:worker_threads";
import { memory, type InputAnswer, type Link, type ToWorker } from "./port.ts";

const { Atomics, Error } = globalThis; // as they are now: a cell may declare names over them

/** The line that the reader typed. Throws when the front end allows no input. */
export function ask(
  { port, inputPort, shared }: Link,
  prompt: string,
  password: boolean,
  job: number | undefined,
): string {
  while (receiveMessageOnPort(inputPort)); // an answer to a question that was interrupted
  Atomics.store(shared, memory.inputReady, 0);
  port.postMessage({
    type: "input",
    prompt,
    password,
    ...(job === undefined ? {} : { job }),
  } satisfies ToWorker);
  Atomics.wait(shared, memory.inputReady, 0);
  const answer = receiveMessageOnPort(inputPort)?.message as InputAnswer | undefined;
  if (!answer) throw new Error("bug: prompt: want an answer on the port, got none");
  if ("refused" in answer) throw new Error(`prompt: ${answer.refused}`);
  return answer.value;
}
