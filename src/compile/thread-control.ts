// The block of shared memory by which threads hand over work: where its numbers are and what they mean; and the source of a worker.
// One job runs at a time: items 0, 1, ... of one function, each a row of arguments in a ring of rows. Whoever is free takes the
// next item that is ready (an atomic counter), runs it and marks its row as done. Free workers spin a moment, then sleep
// (Atomics.wait). A worker that has not begun when the work is done is called back, so nobody waits for a late one.

/** Most workers beside the main thread, rows of the ring, arguments of a function, characters of an error. */
export const MOST_WORKERS = 63;
export const ROWS = 64;
export const MOST_ARGUMENTS = 128;
const MESSAGE_LENGTH = 120;

/** What a worker's cell says: free; work is offered; at work; in its event loop, for a message; could not do what the message asked. */
export const State = { free: 0, offered: 1, running: 2, outside: 3, failed: 4 } as const;

/** Places in the block, in 32-bit integers; what is written by different threads lies in different cache lines. */
export const Place = {
  /** Items taken; items ready to be taken, or -1 when the job has ended. */
  taken: 0,
  ready: 16,
  /** The job: number of the linked code, of its function, count of arguments, rows in use. */
  code: 32,
  entry: 33,
  arity: 34,
  rows: 35,
  /** Cell of worker w at workers + 16 w. */
  workers: 48,
  /** Row r at done + 16 r: item + 1 when it is done, -(item + 1) if it stopped; then the number of the reason, or -1 for an error of another kind. */
  done: 48 + 16 * (MOST_WORKERS + 1),
  /** Row r at messages + 64 r: the length of an error's text and the text in 16-bit units. */
  messages: 48 + 16 * (MOST_WORKERS + 1) + 16 * ROWS,
  end: 48 + 16 * (MOST_WORKERS + 1) + 80 * ROWS,
} as const;

/** Byte offsets of the arguments, MOST_ARGUMENTS doubles a row, and of the results. */
export const ARGUMENTS = 4 * Place.end;
export const RESULTS = ARGUMENTS + 8 * MOST_ARGUMENTS * ROWS;
export const CONTROL_BYTES = RESULTS + 8 * ROWS;

/** Turns of an empty loop before a thread sleeps: some ten microseconds. */
export const SPINS = 4000;

/** The message that lets a worker begin, and the one that gives it code. */
export interface WorkerMessage {
  readonly control?: SharedArrayBuffer;
  readonly index?: number;
  readonly link?: {
    readonly id: number;
    readonly module: WebAssembly.Module;
    readonly memory: WebAssembly.Memory;
    readonly math: readonly (readonly [key: string, name: string])[];
    readonly names: readonly string[];
  };
  /** Code that is needed no more. */
  readonly drop?: readonly number[];
}

/** The text of an error in the row. */
export function readMessage(control: Int32Array, row: number): string {
  const units = new Uint16Array(control.buffer, 4 * (Place.messages + 64 * row), MESSAGE_LENGTH + 2);
  return String.fromCharCode(...units.subarray(2, 2 + units[0]));
}

export function writeMessage(control: Int32Array, row: number, message: string): void {
  const units = new Uint16Array(control.buffer, 4 * (Place.messages + 64 * row), MESSAGE_LENGTH + 2);
  units[0] = Math.min(message.length, MESSAGE_LENGTH);
  for (let k = 0; k < units[0]; k++) units[2 + k] = message.charCodeAt(k);
}

/**
 * Source of a worker: plain JavaScript for Node.js and browsers, kept as text so that no bundler needs to find a file.
 * `reason` names the exported global where a program leaves the reason it stopped for.
 */
export function workerSource(reason: string): string {
  return `"use strict";
const more = { cot: (x) => 1 / Math.tan(x), sec: (x) => 1 / Math.cos(x), csc: (x) => 1 / Math.sin(x), mod: (x, y) => x - y * Math.floor(x / y) };
const codes = new Map();
let C, A, R, cell;
function text(row, message) {
  const units = new Uint16Array(C.buffer, 4 * (${Place.messages} + 64 * row), ${MESSAGE_LENGTH + 2});
  units[0] = Math.min(message.length, ${MESSAGE_LENGTH});
  for (let k = 0; k < units[0]; k++) units[2 + k] = message.charCodeAt(k);
}
function take() {
  for (let spins = 0; ; ) {
    const ready = Atomics.load(C, ${Place.ready});
    if (ready < 0) return -1;
    const next = Atomics.load(C, ${Place.taken});
    if (next < ready) {
      if (Atomics.compareExchange(C, ${Place.taken}, next, next + 1) === next) return next;
    } else if (++spins > ${SPINS}) {
      Atomics.wait(C, ${Place.ready}, ready);
      spins = 0;
    }
  }
}
function job() {
  const { functions, reason } = codes.get(C[${Place.code}]);
  const f = functions[C[${Place.entry}]];
  const arity = C[${Place.arity}], rows = C[${Place.rows}];
  const args = new Array(arity).fill(0);
  for (let item = take(); item >= 0; item = take()) {
    const row = item % rows, done = ${Place.done} + 16 * row;
    for (let k = 0; k < arity; k++) args[k] = A[${MOST_ARGUMENTS} * row + k];
    let mark = item + 1;
    try {
      R[row] = f(...args);
    } catch (error) {
      mark = -mark;
      C[done + 1] = -1;
      if (error instanceof WebAssembly.RuntimeError) {
        C[done + 1] = reason ? reason.value : 0;
        if (reason) reason.value = 0;
      }
      text(row, String(error && error.message));
    }
    Atomics.store(C, done, mark);
    Atomics.notify(C, done);
  }
}
function loop() {
  Atomics.store(C, cell, ${State.free});
  Atomics.notify(C, cell);
  for (let spins = 0; ; ) {
    const state = Atomics.load(C, cell);
    if (state === ${State.outside}) return;
    if (state === ${State.offered}) {
      if (Atomics.compareExchange(C, cell, ${State.offered}, ${State.running}) === ${State.offered}) {
        job();
        Atomics.store(C, cell, ${State.free});
        Atomics.notify(C, cell);
      }
      spins = 0;
    } else if (++spins > ${SPINS}) Atomics.wait(C, cell, ${State.free});
  }
}
function receive({ control, index, link, drop }) {
  if (control) {
    C = new Int32Array(control, 0, ${Place.end});
    A = new Float64Array(control, ${ARGUMENTS}, ${MOST_ARGUMENTS * ROWS});
    R = new Float64Array(control, ${RESULTS}, ${ROWS});
    cell = ${Place.workers} + 16 * index;
  }
  try {
    for (const id of drop || []) codes.delete(id);
    if (link) {
      const math = {};
      for (const [key, name] of link.math) math[key] = more[name] || Math[name];
      const { exports } = new WebAssembly.Instance(link.module, { env: { memory: link.memory }, math });
      codes.set(link.id, { functions: link.names.map((name) => exports[name]), reason: exports[${JSON.stringify(reason)}] });
    }
  } catch (error) {
    text(${ROWS - 1}, String(error && error.message));
    Atomics.store(C, cell, ${State.failed});
    Atomics.notify(C, cell);
    return;
  }
  loop();
}
if (typeof require === "function") require("node:worker_threads").parentPort.on("message", receive);
else self.onmessage = (event) => receive(event.data);
`;
}
