/** Random graphs on each device that is here, wherever that is, and a product large enough for threads and blocks. */
import { device, type DeviceInfo, type DeviceName, random } from "../../tensor/index.ts";
import { fuzz } from "./fuzz.ts";
import { subjects } from "./subjects.ts";

/** What one device did here. */
export interface Found {
  readonly device: DeviceInfo;
  readonly plans: number;
  readonly failures: readonly string[];
  /** Elements of a product of two 160 × 160 matrices, to be compared with Node's. */
  readonly product: readonly number[];
}

export async function judgeHere(
  first: number,
  count: number,
  names?: readonly DeviceName[],
): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const subject of (await subjects(names)).present) {
    const { plans, failures } = await fuzz(subject, { first, count });
    await subject.enter();
    const [a, b] = [1, 2].map((seed) => random.normal([160, 160], { seed }));
    const product = [...(await a.matmul(b).data())].filter((_, i) => i % 997 === 0);
    found.push({ device: await device(), plans, failures, product });
    await device("reference");
  }
  return found;
}
