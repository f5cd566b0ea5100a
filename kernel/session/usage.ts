/**
 * usage_request: what this kernel and its machine use, in the words of ipykernel and jupyter-resource-usage
 * (the request is theirs, not the specification's). Percentages are since the last request.
 */
import { availableParallelism, cpus, freemem, hostname, totalmem } from "node:os";
import type { Fields } from "../wire/message.ts";

let last = { wallMs: 0, ownMs: 0, machineMs: 0, busyMs: 0 }; // since the start, at the first request

/** kernel_cpu: percent of one core; kernel_memory: resident bytes, children left out. */
export function usage(): Fields {
  const [before, now] = [last, sample()];
  last = now;
  const wallMs = Math.max(now.wallMs - before.wallMs, 1);
  const machineMs = Math.max(now.machineMs - before.machineMs, 1);
  const [total, free] = [totalmem(), process.availableMemory?.() ?? freemem()];
  return {
    status: "ok",
    hostname: hostname(),
    pid: process.pid,
    kernel_cpu: percent(now.ownMs - before.ownMs, wallMs),
    kernel_memory: process.memoryUsage.rss(),
    cpu_count: availableParallelism(),
    host_cpu_percent: percent(now.busyMs - before.busyMs, machineMs),
    host_virtual_memory: {
      total,
      available: free,
      used: total - free,
      free,
      percent: percent(total - free, total),
    },
  };
}

function sample(): { wallMs: number; ownMs: number; machineMs: number; busyMs: number } {
  const { user, system } = process.cpuUsage();
  const times = cpus().map((cpu) => cpu.times);
  const machineMs = sum(times.map((each) => sum(Object.values(each))));
  const idleMs = sum(times.map(({ idle }) => idle));
  return {
    wallMs: process.uptime() * 1000,
    ownMs: (user + system) / 1000,
    machineMs,
    busyMs: machineMs - idleMs,
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const percent = (part: number, whole: number): number => Math.round((1000 * part) / whole) / 10;
