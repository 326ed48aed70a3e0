// Runs compute shaders of target wgsl: through `navigator.gpu` in browsers, in Node.js through the optional package webgpu, which
// is looked for when a shader is first wanted (in the folder that the variable CALCULEMUS_WEBGPU names, or where packages are).
// One device serves the process; shaders are kept by their text, buffers by size.
// Left out: several devices, arrays that stay on the GPU between calls, timestamps.
import { Failure } from "../../base/index.ts";
import type { Element, Expression, Program, Variable } from "../ir.ts";
import { ELEMENT_SHIFT, isArray } from "../operations.ts";
import { emitWgsl, type WgslOptions, type WgslSource } from "./wgsl.ts";

export type GpuArray = Float32Array | Int32Array | Int16Array | Uint16Array | Int8Array | Uint8Array;

/** A compiled shader. */
export interface GpuKernel {
  readonly source: WgslSource;
  /** Vendor, architecture and driver, as the adapter says. */
  readonly device: string;
  /** Parameters in order: numbers and typed arrays. Arrays that the shader writes hold the results when the promise is kept. */
  call(...args: (number | GpuArray)[]): Promise<void>;
}

const HINT =
  "in Node.js: npm install webgpu@0.6.2 and a Vulkan driver (SwiftShader and lavapipe run without a GPU); in browsers: one with WebGPU";
/** Bytes of free buffers that are kept. */
const KEPT_BYTES = 256 << 20;
/** Groups along one axis of a dispatch, at least this many everywhere. */
const GROUPS = 65_535;

// Numbers of the WebGPU specification, which are not global in Node.js.
const USE = { mapRead: 1, copySource: 4, copyTarget: 8, uniform: 64, storage: 128 } as const;
const COMPUTE = 4;
const MAP_READ = 1;

interface Opened {
  readonly device: GPUDevice;
  readonly name: string;
  readonly pipelines: Map<string, Promise<GPUComputePipeline>>;
  /** Free buffers by use and size. */
  readonly free: Map<string, GPUBuffer[]>;
  freeBytes: number;
  lost?: string;
}

let opened: Promise<Opened> | undefined;

function missing(what: string, cause?: unknown): never {
  throw new Failure("unsupported", `no GPU can be used: ${what}`, { hint: HINT, cause });
}

interface WebGpuPackage {
  create(options: string[]): GPU;
}

async function findGpu(): Promise<GPU> {
  const own = (globalThis as { navigator?: { gpu?: GPU } }).navigator?.gpu;
  if (own) return own;
  if (typeof process === "undefined" || !process.versions?.node) return missing("this engine has no navigator.gpu");
  const kept = globalThis as { calculemusGpu?: GPU };
  if (kept.calculemusGpu) return kept.calculemusGpu;
  const folder = process.env.CALCULEMUS_WEBGPU;
  let name = "webgpu";
  if (folder) {
    const [url, path] = [process.getBuiltinModule("node:url"), process.getBuiltinModule("node:path")];
    name = url.pathToFileURL(path.resolve(folder, "index.js")).href;
  }
  let found: WebGpuPackage;
  try {
    found = (await import(/* @vite-ignore */ name)) as WebGpuPackage;
  } catch (cause) {
    return missing(folder ? `the package webgpu cannot be loaded from ${folder}` : "the package webgpu is not installed", cause); // oxfmt-ignore
  }
  // The package crashes when what `create` returns is collected.
  return (kept.calculemusGpu = found.create([]));
}

async function open(): Promise<Opened> {
  const gpu = await findGpu();
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) return missing("no adapter was found (is a Vulkan, Metal or Direct3D 12 driver installed?)");
  const { maxStorageBufferBindingSize, maxBufferSize, maxStorageBuffersPerShaderStage } = adapter.limits;
  const requiredLimits = { maxStorageBufferBindingSize, maxBufferSize, maxStorageBuffersPerShaderStage };
  const device = await adapter
    .requestDevice({ requiredLimits })
    .catch((cause: unknown) => missing("the adapter gives no device", cause));
  const { vendor, architecture, description } = adapter.info;
  const name = [vendor, architecture, description].filter((word) => word).join(", ");
  const result: Opened = { device, name, pipelines: new Map(), free: new Map(), freeBytes: 0 };
  void device.lost.then(({ message, reason }) => {
    result.lost = `${reason ?? "unknown"}: ${message}`;
    opened = undefined;
  });
  return result;
}

function theGpu(): Promise<Opened> {
  if (!opened) {
    const attempt = open();
    opened = attempt;
    attempt.catch(() => {
      if (opened === attempt) opened = undefined;
    });
  }
  return opened;
}

/** Why no shader can run here, or undefined if one can. */
export async function gpuMissing(): Promise<string | undefined> {
  try {
    await theGpu();
    return undefined;
  } catch (error) {
    if (error instanceof Failure) return error.what;
    throw error;
  }
}

/** Gives the device back, so that Node.js can end; a later call opens one again. */
export async function closeGpu(): Promise<void> {
  const current = opened;
  opened = undefined;
  if (current) (await current.catch(() => undefined))?.device.destroy();
}

const VIEW: Partial<Record<Element, new (length: number) => GpuArray>> = {
  f32: Float32Array,
  i32: Int32Array,
  i16: Int16Array,
  u16: Uint16Array,
  i8: Int8Array,
  u8: Uint8Array,
};

/** Compiles a program to a shader and opens the GPU. */
export async function compileWgsl(program: Program, options?: WgslOptions): Promise<GpuKernel> {
  const source = emitWgsl(program, options);
  const gpu = await theGpu();
  await pipeline(gpu, source);
  return { source, device: gpu.name, call: (...args) => call(source, args) };
}

function pipeline(gpu: Opened, source: WgslSource): Promise<GPUComputePipeline> {
  let known = gpu.pipelines.get(source.text);
  if (!known) gpu.pipelines.set(source.text, (known = makePipeline(gpu, source)));
  return known;
}

async function makePipeline({ device }: Opened, source: WgslSource): Promise<GPUComputePipeline> {
  const most = device.limits.maxStorageBuffersPerShaderStage;
  const buffers = source.arrays.length + (source.stops.length > 0 ? 1 : 0);
  if (buffers > most)
    throw new Failure("limit", `function ${source.name} needs ${buffers} storage buffers; this GPU allows ${most}`, {
      hint: "put several arrays into one",
    });
  const entry = (binding: number, type: GPUBufferBindingType): GPUBindGroupLayoutEntry => ({ binding, visibility: COMPUTE, buffer: { type } }); // oxfmt-ignore
  const layout = device.createBindGroupLayout({
    entries: [
      entry(0, "uniform"),
      ...(source.stops.length > 0 ? [entry(1, "storage")] : []),
      ...source.arrays.map((a) => entry(a.binding, a.access === "read" ? "read-only-storage" : "storage")),
    ],
  });
  const module = device.createShaderModule({ code: source.text });
  const { messages } = await module.getCompilationInfo();
  const errors = messages.filter((message) => message.type === "error");
  if (errors.length > 0) throw new Error(`the shader of ${source.name} is refused: ${errors.map((m) => `${m.lineNum}:${m.linePos} ${m.message}`).join("; ")}`); // oxfmt-ignore
  return device.createComputePipelineAsync({
    layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
    compute: { module, entryPoint: source.entry },
  });
}

/** The value of a stated length: sums and products of scalars. */
function lengthOf(e: Expression, values: ReadonlyMap<string, number>): number {
  if (e.kind === "constant") return Number(e.value);
  if (e.kind === "variable") return values.get(e.name) ?? Number.NaN;
  if (e.kind !== "operation") return Number.NaN;
  const [a, b] = e.args.map((x) => lengthOf(x, values));
  return e.op === "add" ? a + b : e.op === "sub" ? a - b : e.op === "mul" ? a * b : Number.NaN;
}

/** The scalars by name, if everything fits. */
function check(source: WgslSource, args: readonly (number | GpuArray)[]): Map<string, number> {
  const { parameters } = source;
  const fail = (p: Variable, what: string): never => {
    throw new Failure("usage", `kernel ${source.name}, argument ${p.name}: ${what}`);
  };
  if (args.length !== parameters.length)
    throw new Failure("usage", `kernel ${source.name} takes ${parameters.length} arguments (${parameters.map((p) => p.name).join(", ")}), not ${args.length}`); // oxfmt-ignore
  const scalars = new Map<string, number>();
  parameters.forEach((p, k) => {
    const x = args[k];
    if (isArray(p.type)) return;
    if (typeof x !== "number") fail(p, "a number is needed");
    if (p.type === "i32" && x !== ((x as number) | 0)) fail(p, `${String(x)} is not a 32-bit integer`);
    scalars.set(p.name, x as number);
  });
  const arrays = source.arrays.map((a) => ({ ...a, value: args[parameters.indexOf(a.parameter)] }));
  for (const { parameter: p, element, value } of arrays) {
    const kind = VIEW[element]!;
    if (!(value instanceof kind)) return fail(p, `a ${kind.name} is needed`);
    if (p.length) {
      const needed = lengthOf(p.length, scalars);
      if (!(needed >= 0)) fail(p, `its length would be ${needed}`);
      if (value.length < needed) fail(p, `${value.length} elements, but ${needed} are needed`);
    }
    if (p.range) {
      const [from, to] = [lengthOf(p.range.from, scalars), lengthOf(p.range.to, scalars)];
      const wrong = value.findIndex((each) => !(each >= from && each < to));
      if (wrong >= 0) fail(p, `element ${wrong} is ${value[wrong]}, outside ${from} ... ${to - 1}`);
    }
  }
  for (const a of arrays)
    for (const b of arrays) {
      if (a === b || a.access === "read") continue;
      const [x, y] = [a.value as GpuArray, b.value as GpuArray];
      const apart = x.buffer !== y.buffer || x.byteOffset >= y.byteOffset + y.byteLength || y.byteOffset >= x.byteOffset + x.byteLength; // oxfmt-ignore
      if (!apart) fail(a.parameter, `overlaps argument ${b.name}; what a shader writes must be apart from the rest`);
    }
  return scalars;
}

/** Buffers of one call; all go back together. */
class Loan {
  readonly #gpu: Opened;
  readonly #taken: { key: string; buffer: GPUBuffer }[] = [];

  constructor(gpu: Opened) {
    this.#gpu = gpu;
  }

  /** At least so many bytes, with what an earlier call left in them. */
  take(bytes: number, usage: number): GPUBuffer {
    const size = Math.max(64, 2 ** Math.ceil(Math.log2(bytes)));
    const key = `${usage} ${size}`;
    const { free, device } = this.#gpu;
    let buffer = free.get(key)?.pop();
    if (buffer) this.#gpu.freeBytes -= size;
    else buffer = device.createBuffer({ size: Math.min(size, device.limits.maxBufferSize), usage });
    this.#taken.push({ key, buffer });
    return buffer;
  }

  giveBack(): void {
    const gpu = this.#gpu;
    for (const { key, buffer } of this.#taken) {
      if (gpu.lost !== undefined || gpu.freeBytes + buffer.size > KEPT_BYTES) {
        buffer.destroy();
        continue;
      }
      gpu.freeBytes += buffer.size;
      const list = gpu.free.get(key);
      if (list) list.push(buffer);
      else gpu.free.set(key, [buffer]);
    }
  }

  destroy(): void {
    for (const { buffer } of this.#taken) buffer.destroy();
  }
}

const padded = (bytes: number): number => Math.max(4, Math.ceil(bytes / 4) * 4);

async function call(source: WgslSource, args: readonly (number | GpuArray)[]): Promise<void> {
  const scalars = check(source, args);
  const turns = source.turns(scalars);
  if (turns === 0) return;
  const gpu = await theGpu();
  const { device } = gpu;
  const made = await pipeline(gpu, source);
  const most = Math.min(device.limits.maxStorageBufferBindingSize, device.limits.maxBufferSize);
  for (const a of source.arrays) {
    const { byteLength } = args[source.parameters.indexOf(a.parameter)] as GpuArray;
    if (byteLength > most) throw new Failure("limit", `kernel ${source.name}, argument ${a.name}: ${byteLength} bytes; this GPU allows ${most}`, { hint: "call it for parts" }); // oxfmt-ignore
  }
  const loan = new Loan(gpu);
  device.pushErrorScope("validation");
  device.pushErrorScope("out-of-memory");
  const uniform = new DataView(new ArrayBuffer(padded(4 * source.scalars.length + 8)));
  source.scalars.forEach(({ name, type }, k) => {
    if (type === "f32") uniform.setFloat32(4 * k, scalars.get(name)!, true);
    else uniform.setInt32(4 * k, scalars.get(name)!, true);
  });
  const scalarBuffer = loan.take(uniform.byteLength, USE.uniform | USE.copyTarget);
  device.queue.writeBuffer(scalarBuffer, 0, uniform.buffer);
  const entries: GPUBindGroupEntry[] = [{ binding: 0, resource: { buffer: scalarBuffer } }];
  const storage = USE.storage | USE.copyTarget | USE.copySource;
  const reads: { bytes: number; at: number; from: GPUBuffer; into?: GpuArray }[] = [];
  let staged = 0;
  if (source.stops.length > 0) {
    const buffer = loan.take(4, storage);
    device.queue.writeBuffer(buffer, 0, new Uint32Array(1));
    entries.push({ binding: 1, resource: { buffer, size: 4 } });
    reads.push({ bytes: 4, at: 0, from: buffer });
    staged = 4;
  }
  for (const { binding, access, parameter, element } of source.arrays) {
    const value = args[source.parameters.indexOf(parameter)] as GpuArray;
    const bytes = padded(value.byteLength);
    const buffer = loan.take(bytes, storage);
    const own = value.buffer instanceof ArrayBuffer;
    if (own && value.byteLength === bytes) device.queue.writeBuffer(buffer, 0, value as AllowSharedBufferSource);
    else {
      const copy = new VIEW[element]!(bytes >> ELEMENT_SHIFT[element]);
      copy.set(value);
      device.queue.writeBuffer(buffer, 0, copy as AllowSharedBufferSource);
    }
    entries.push({ binding, resource: { buffer, size: bytes } });
    if (access === "read") continue;
    reads.push({ bytes, at: staged, from: buffer, into: value });
    staged += bytes;
  }
  const staging = loan.take(staged, USE.mapRead | USE.copyTarget);
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(made);
  pass.setBindGroup(0, device.createBindGroup({ layout: made.getBindGroupLayout(0), entries }));
  const groups = Math.ceil(turns / source.workgroup);
  pass.dispatchWorkgroups(Math.min(groups, GROUPS), Math.ceil(groups / GROUPS));
  pass.end();
  for (const { from, at, bytes } of reads) encoder.copyBufferToBuffer(from, 0, staging, at, bytes);
  device.queue.submit([encoder.finish()]);
  const memory = device.popErrorScope();
  const validation = device.popErrorScope();
  try {
    await staging.mapAsync(MAP_READ, 0, staged);
  } catch (cause) {
    const full = await memory.catch(() => null);
    loan.destroy();
    if (full) throw new Failure("limit", `kernel ${source.name}: the GPU has no room for its arrays`, { cause });
    if (gpu.lost !== undefined) throw new Failure("unsupported", `the GPU was lost during ${source.name}: ${gpu.lost}`, { cause }); // oxfmt-ignore
    throw cause;
  }
  const problem = (await memory) ?? (await validation);
  const result = staging.getMappedRange(0, staged);
  const stopped = source.stops.length > 0 ? new Uint32Array(result, 0, 1)[0] : 0;
  if (stopped === 0 && !problem)
    for (const { at, into } of reads) if (into) into.set(new (into.constructor as typeof Float32Array)(result, at, into.length)); // oxfmt-ignore
  staging.unmap();
  loan.giveBack();
  if (problem) throw new Error(`kernel ${source.name}: ${problem.message}`);
  if (stopped > 0) throw new Failure("numeric", `kernel ${source.name} stopped: ${source.stops[stopped - 1]}`);
}
