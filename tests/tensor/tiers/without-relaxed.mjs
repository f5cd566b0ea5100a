/**
 * Makes this engine refuse modules with relaxed SIMD, as Node 20 does without a flag: validate says no, compiling throws.
 * Every relaxed instruction has the prefix 0xfd and a number 0x100 … 0x113, whose LEB128 is 0x80 … 0x93, 0x02.
 */
const { Module, validate } = WebAssembly;

function hasRelaxed(source) {
  const bytes = ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
  return bytes.some(
    (b, i) => b === 0xfd && bytes[i + 1] >= 0x80 && bytes[i + 1] <= 0x93 && bytes[i + 2] === 0x02,
  );
}

WebAssembly.validate = (source) => !hasRelaxed(source) && validate(source);
WebAssembly.Module = new Proxy(Module, {
  construct(target, [source]) {
    if (hasRelaxed(source)) throw new WebAssembly.CompileError("relaxed SIMD is not here");
    return new target(source);
  },
});
