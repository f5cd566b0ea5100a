/**
 * The words at the start of the memory through which threads speak: a job, who is at it, who sleeps.
 * i32 indices. Words that different threads write stand on cache lines of their own.
 */
export const layout = {
  /** Odd: a job is open. Plus 2 for each worker that is at it. */
  door: 0,
  /** Counts jobs, so that a worker knows a new one from the last. */
  generation: 16,
  /** First item that nobody has taken. */
  next: 32,
  /** Workers that wait to be woken. */
  sleeping: 48,
  /** Workers that have come up. */
  joined: 64,
  /** Workers whose program failed. */
  failed: 80,
  /** The job. Written only while the door is shut and nobody is in. */
  module: 96,
  code: 97,
  codeLength: 98,
  fn: 99,
  items: 100,
  chunk: 101,
  params: 102,
  scratch: 103,
  scratchSize: 104,
} as const;

export type Layout = typeof layout;

/** Parameters of calls without items: every buffer is a stretch of zeros that nobody else uses. */
export const idleParams = 2048;
export const idleBuffer = 3072;

/** Bytes of memory that all this takes. */
export const layoutBytes = 4096;
