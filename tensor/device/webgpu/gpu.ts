/**
 * The way to a GPU: the page's own (navigator.gpu), or Dawn's through the package "webgpu". Knows no tensors.
 */

/** A GPU that answers. */
export interface Gpu {
  readonly device: GPUDevice;
  /** What the driver calls it. */
  readonly name: string;
  /** Whether it is the processor that plays a GPU. */
  readonly isSoftware: boolean;
}

/** Limits that programs use more of than WebGPU promises, where the adapter has more. */
const limits = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
] as const;
/** Features that programs use where the adapter has them. */
const features: readonly GPUFeatureName[] = ["timestamp-query"];

/** Opens the GPU. Throws RangeError where there is none. */
export async function openGpu(): Promise<Gpu> {
  const adapter = await adapterHere();
  const requiredLimits = Object.fromEntries(limits.map((name) => [name, adapter.limits[name]]));
  const requiredFeatures = features.filter((name) => adapter.features.has(name));
  const device = await adapter.requestDevice({ requiredLimits, requiredFeatures });
  // What is wrong with a program is asked for where it is made; what follows from that needs no second word.
  device.addEventListener("uncapturederror", (event) => event.preventDefault());
  return { device, name: nameOf(adapter.info), isSoftware: isSoftware(adapter.info) };
}

/** Whether a GPU is there that is one: no processor that plays it. Never throws. */
export async function hasGpu(): Promise<boolean> {
  try {
    if (isLinuxWithout()) return false;
    return !isSoftware((await adapterHere()).info);
  } catch {
    return false; // without one there is nothing to say: the other devices work
  }
}

interface Host {
  readonly platform: string;
  readonly getBuiltinModule?: (name: "fs") => { readonly existsSync: (path: string) => boolean };
}

/** Where Linux shows a GPU to a process: DRM's render node, NVIDIA's own, Windows' under WSL. */
const nodes = ["/dev/dri/renderD128", "/dev/nvidia0", "/dev/dxg"];

/** Whether this is Node on a Linux without a GPU: there Dawn would be loaded in vain, and complain on stderr. */
function isLinuxWithout(): boolean {
  const { process } = globalThis as { process?: Host };
  if (process?.platform !== "linux" || process.getBuiltinModule === undefined) return false;
  const { existsSync } = process.getBuiltinModule("fs");
  return !nodes.some((path) => existsSync(path));
}

async function adapterHere(): Promise<GPUAdapter> {
  const gpu = await interfaceHere();
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (adapter === null)
    throw new RangeError(
      'webgpu: want a GPU, got no adapter; try a current graphics driver, or device("wasm")',
    );
  return adapter;
}

interface Dawn {
  readonly create: (options: readonly string[]) => GPU;
  readonly globals: object;
}

/** Dawn's GPU goes when nobody holds it. */
const held: { gpu: GPU | undefined } = { gpu: undefined };

async function interfaceHere(): Promise<GPU> {
  const page = (globalThis as { navigator?: { gpu?: GPU } }).navigator?.gpu;
  if (page !== undefined) return page;
  if (held.gpu === undefined) {
    // Not a name that a page's bundler would look for.
    const name = "webgpu";
    try {
      const { create } = (await import(name)) as Dawn;
      held.gpu = create([]);
    } catch (error) {
      throw new RangeError('webgpu: want a browser or Node with WebGPU, got none; try device("wasm")', {
        cause: error,
      });
    }
  }
  return held.gpu;
}

function nameOf({ description, device, architecture, vendor }: GPUAdapterInfo): string {
  return description || device || [vendor, architecture].filter(Boolean).join(" ") || "GPU";
}

function isSoftware(info: GPUAdapterInfo): boolean {
  const told = (info as { isFallbackAdapter?: boolean }).isFallbackAdapter === true;
  return (
    told ||
    /swiftshader|llvmpipe|lavapipe|software|basic render/i.test(`${info.architecture} ${info.description}`)
  );
}
