// A heap of indices, smallest first: the order in which the entries of a row are eliminated while new ones come in.
export class IndexHeap {
  readonly #items: Int32Array;
  #count = 0;

  constructor(most: number) {
    this.#items = new Int32Array(Math.max(1, most));
  }

  get count(): number {
    return this.#count;
  }

  push(index: number): void {
    const items = this.#items;
    let k = this.#count++;
    while (k > 0) {
      const parent = (k - 1) >> 1;
      if (items[parent] <= index) break;
      items[k] = items[parent];
      k = parent;
    }
    items[k] = index;
  }

  pop(): number {
    const items = this.#items;
    const top = items[0];
    const last = items[--this.#count];
    let k = 0;
    for (;;) {
      let child = 2 * k + 1;
      if (child >= this.#count) break;
      if (child + 1 < this.#count && items[child + 1] < items[child]) child++;
      if (items[child] >= last) break;
      items[k] = items[child];
      k = child;
    }
    items[k] = last;
    return top;
  }
}
