// The mass-action network of bench/compile-latency.ts written as WebAssembly straight from its arrays: what can be had at best by code that
// knows one kind of model. Functions of at most 2,000 nodes, values in memory. Prints milliseconds to the first result, and ns a node.
//   node latency.mjs NODES
const wanted = Number(process.argv[2]);
const reactions = Math.max(1, Math.round(wanted / 11));
const species = Math.max(3, Math.ceil(reactions / 4));
let s = 12345;
const random = () => (s = (Math.imul(s, 1103515245) + 12345) >>> 0) / 2 ** 32;
const [a, b] = [new Int32Array(reactions), new Int32Array(reactions)];
const k = new Float64Array(reactions);
const terms = Array.from({ length: species }, () => []);
for (let r = 0; r < reactions; r++) {
  a[r] = Math.floor(random() * species);
  b[r] = Math.floor(random() * species);
  const c = Math.floor(random() * species);
  k[r] = random();
  terms[a[r]].push(-(r + 1));
  terms[b[r]].push(-(r + 1));
  terms[c].push(r + 1);
}
const nodes = 5 * reactions + terms.reduce((sum, list) => sum + 2 * list.length, 0);

const begin = performance.now();
let bytes = new Uint8Array(nodes * 8 + 4096);
let n = 0;
const put = (...list) => {
  for (const x of list) bytes[n++] = x;
};
const whole = (x) => {
  for (; x > 127; x >>>= 7) bytes[n++] = (x & 127) | 128;
  bytes[n++] = x;
};
/** A number padded to five bytes, at a place left for it. */
const patch = (at, x) => {
  for (let i = 0; i < 4; i++) bytes[at + i] = ((x >>> (7 * i)) & 127) | 128;
  bytes[at + 4] = x >>> 28;
};
const view = new DataView(bytes.buffer);
const load = (at) => {
  put(0x41, 0, 0x2b, 3);
  whole(at);
};
const store = (at) => {
  put(0x39, 3);
  whole(at);
};
const number = (x) => {
  bytes[n++] = 0x44;
  view.setFloat64(n, x, true);
  n += 8;
};
// Chunks of reactions and species in turn.
const chunks = [[]];
let filled = 0;
for (let i = 0; i < reactions + species; i++) {
  const cost = i < reactions ? 5 : 2 * terms[i - reactions].length;
  if (filled > 0 && filled + cost > 2000) {
    chunks.push([]);
    filled = 0;
  }
  chunks[chunks.length - 1].push(i);
  filled += cost;
}
const [outputs, rates] = [8 * species, 16 * species];
const pages = Math.ceil((16 * species + 8 * reactions) / 65536) + 1;
put(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 2, 8, 1, 1, 0x65, 1, 0x6d, 2, 0, 1);
const section = (id, write) => {
  put(id);
  const at = n;
  n += 5;
  write();
  patch(at, n - at - 5);
};
section(3, () => {
  whole(chunks.length + 1);
  for (let i = 0; i <= chunks.length; i++) put(0);
});
section(7, () => {
  put(1, 1, 0x66, 0);
  whole(chunks.length);
});
const body = (write) => {
  const at = n;
  n += 5;
  put(0);
  write();
  put(0x0b);
  patch(at, n - at - 5);
};
section(10, () => {
  whole(chunks.length + 1);
  for (const chunk of chunks)
    body(() => {
      for (const i of chunk) {
        put(0x41, 0);
        if (i < reactions) {
          number(k[i]);
          load(8 * a[i]);
          put(0xa2);
          load(8 * b[i]);
          put(0xa2);
          store(rates + 8 * i);
        } else {
          number(0);
          for (const t of terms[i - reactions]) {
            load(rates + 8 * (Math.abs(t) - 1));
            put(t < 0 ? 0xa1 : 0xa0);
          }
          store(outputs + 8 * (i - reactions));
        }
      }
    });
  body(() => {
    for (let i = 0; i < chunks.length; i++) {
      put(0x10);
      whole(i);
    }
  });
});
const memory = new WebAssembly.Memory({ initial: pages });
const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes.subarray(0, n)), { e: { m: memory } });
bytes = undefined;
const y = new Float64Array(memory.buffer, 0, species);
for (let i = 0; i < species; i++) y[i] = 0.5 + ((i * 7) % 11) / 10;
const run = instance.exports.f;
run();
const total = performance.now() - begin;
const samples = [];
const repeats = Math.max(1, Math.ceil(200_000 / nodes));
while (performance.now() - begin < 2000) {
  const start = performance.now();
  for (let i = 0; i < repeats; i++) run();
  samples.push(((performance.now() - start) * 1e6) / repeats / nodes);
}
const late = samples.slice(-Math.max(3, samples.length >> 2)).sort((p, q) => p - q);
console.log(JSON.stringify({ total, steady: late[late.length >> 1] }));
