/** In a page's worker: random graphs on each device that is there, and a product large enough for threads. Posts what it found. */
import { device, random, type DeviceInfo } from "../../../tensor/index.ts";
import { fuzz } from "../fuzz.ts";
import { subjects } from "../subjects.ts";

/** What one device did here. */
export interface Found {
  readonly device: DeviceInfo;
  readonly plans: number;
  readonly failures: readonly string[];
  /** Elements of a product of two 160 × 160 matrices, to be compared with Node's. */
  readonly product: readonly number[];
}

/** What the worker needs of its scope; TypeScript declares it only together with the whole DOM. */
interface Scope {
  readonly addEventListener: (
    type: "message",
    listen: (message: { readonly data: { readonly first: number; readonly count: number } }) => void,
  ) => void;
  readonly postMessage: (message: { readonly found: readonly Found[] } | { readonly error: string }) => void;
}

export async function judgeHere(first: number, count: number): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const subject of (await subjects()).present) {
    const { plans, failures } = await fuzz(subject, { first, count });
    await subject.enter();
    const [a, b] = [1, 2].map((seed) => random.normal([160, 160], { seed }));
    const product = [...(await a.matmul(b).data())].filter((_, i) => i % 997 === 0);
    found.push({ device: await device(), plans, failures, product });
    await device("reference");
  }
  return found;
}

// Node imports judgeHere alone.
if (!("process" in globalThis)) {
  const { addEventListener, postMessage } = globalThis as unknown as Scope;
  addEventListener("message", ({ data }) => {
    judgeHere(data.first, data.count).then(
      (found) => postMessage({ found }),
      (error: unknown) => postMessage({ error: String(error instanceof Error ? error.stack : error) }),
    );
  });
}
