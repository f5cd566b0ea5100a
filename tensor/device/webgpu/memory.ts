/**
 * Buffers of a GPU: given out, taken back, given out again. What was taken back is used again at once, since a GPU does one thing after
 * another; so a loop that does the same needs no new memory. Sizes are rounded up a little, so that similar ones fit.
 */

/** A piece of GPU memory; several values may lie in it. */
export interface Block {
  readonly id: number;
  readonly buffer: GPUBuffer;
  /** Of the buffer, which may be larger than what was asked for. */
  readonly bytes: number;
  users: number;
}

/** Free memory beyond this is given back to the driver. */
const mostFree = 2 ** 28;

// GPUBufferUsage and GPUMapMode are not there in Node; the numbers are WebGPU's.
export const usage = {
  mapRead: 1,
  copySource: 4,
  copyTarget: 8,
  uniform: 64,
  storage: 128,
  query: 512,
} as const;
const mapRead = 1;

export class Memory {
  readonly #device: GPUDevice;
  /** Least recently freed first. */
  readonly #free = new Map<number, Block[]>();
  readonly #staging = new Map<number, GPUBuffer[]>();
  readonly #most: number;
  #freeBytes = 0;
  #last = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
    const { maxBufferSize, maxStorageBufferBindingSize } = device.limits;
    // Programs count elements in an i32.
    this.#most = Math.min(maxBufferSize, maxStorageBufferBindingSize, 2 ** 31 - 4);
  }

  /** Throws RangeError where one buffer cannot be so large. */
  check(bytes: number): void {
    if (bytes > this.#most)
      throw new RangeError(
        `webgpu: want ${bytes} bytes for one array, got ${this.#most} at most on this GPU; try smaller sizes, or parts of it`,
      );
  }

  /** A block of at least so many bytes, with one user; its contents are anything. Throws RangeError where one buffer cannot be as large. */
  allocate(bytes: number): Block {
    this.check(bytes);
    const size = Math.min(sizeClass(bytes), this.#most);
    const free = this.#free.get(size)?.pop();
    if (free !== undefined) {
      this.#freeBytes -= size;
      free.users = 1;
      return free;
    }
    const all = usage.storage | usage.copySource | usage.copyTarget;
    return {
      id: ++this.#last,
      buffer: this.#device.createBuffer({ size, usage: all }),
      bytes: size,
      users: 1,
    };
  }

  /** One user less. */
  release(block: Block): void {
    if (--block.users > 0) return;
    if (this.#freeBytes + block.bytes > mostFree) return block.buffer.destroy();
    this.#freeBytes += block.bytes;
    const list = this.#free.get(block.bytes);
    if (list === undefined) this.#free.set(block.bytes, [block]);
    else list.push(block);
  }

  /** The bytes at the start of a buffer, once everything submitted so far is done. */
  async read(buffer: GPUBuffer, bytes: number): Promise<ArrayBuffer> {
    const encoder = this.#device.createCommandEncoder();
    const done = this.copied(encoder, buffer, bytes);
    this.#device.queue.submit([encoder.finish()]);
    return done();
  }

  /** Has the encoder copy the start of a buffer to where the host can read it; what is returned reads it, after the submit. */
  copied(encoder: GPUCommandEncoder, buffer: GPUBuffer, bytes: number): () => Promise<ArrayBuffer> {
    const size = sizeClass(bytes);
    const staging =
      this.#staging.get(size)?.pop() ??
      this.#device.createBuffer({ size, usage: usage.mapRead | usage.copyTarget });
    const whole = Math.ceil(bytes / 4) * 4;
    if (whole > 0) encoder.copyBufferToBuffer(buffer, 0, staging, 0, whole);
    return async () => {
      await staging.mapAsync(mapRead, 0, size);
      const copy = staging.getMappedRange(0, size).slice(0, bytes);
      staging.unmap();
      if (size > mostFree / 16) staging.destroy();
      else this.#staging.set(size, [...(this.#staging.get(size) ?? []).slice(0, 7), staging]);
      return copy;
    };
  }
}

/** Powers of two, and from 64 KiB on eighths of them: at most an eighth too much. */
function sizeClass(bytes: number): number {
  const power = 2 ** Math.ceil(Math.log2(Math.max(bytes, 64)));
  if (power <= 2 ** 16) return power;
  const step = power / 16;
  return Math.ceil(bytes / step) * step;
}
