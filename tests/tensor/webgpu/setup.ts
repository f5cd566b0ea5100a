/** Before tests on the GPU: it has started. */
import { device } from "../../../tensor/index.ts";

const { name } = await device();
if (name !== "webgpu") throw new Error(`bug: want the tests on webgpu, got ${name}`);
