/** Keys up to this many are found through an array; beyond, through a hash table. */
const DENSE = 2 ** 20;

/**
 * Numbers of agents by key, the keys that occur only. Keys are integers from 0 to 2^53 − 1; they stand in the order in
 * which they were met.
 */
export class CellList {
  keys = new Float64Array(64);
  counts = new Float64Array(64);
  length = 0;
  #size = 0;
  /** By key: its place + 1, or 0. */
  #dense = new Int32Array(0);
  /** Open addressing, at most half full: place + 1, or 0. */
  #hashed = new Int32Array(128);
  /** By place: where its key stands in the hash table. */
  #slots = new Int32Array(64);

  /**
   * Empties the list.
   * @param size keys are below
   */
  begin(size: number): void {
    if (this.#size <= DENSE) for (let i = 0; i < this.length; i++) this.#dense[this.keys[i]!] = 0;
    else for (let i = 0; i < this.length; i++) this.#hashed[this.#slots[i]!] = 0;
    this.length = 0;
    this.#size = size;
    if (size > DENSE) return;
    if (this.#dense.length < size) this.#dense = new Int32Array(size);
  }

  add(key: number, n: number): void {
    const place = this.#size <= DENSE ? this.#dense[key]! : this.#hashed[this.#slot(key)]!;
    if (place > 0) this.counts[place - 1]! += n;
    else this.#append(key, n);
  }

  /**
   * Writes keys in ascending order, with their counts.
   * @returns how many were written, `length`
   */
  sortInto(keys: Float64Array, counts: Float64Array, at: number): number {
    const { length } = this;
    if (this.#size <= DENSE && this.#size <= 8 * length) {
      for (let key = 0, to = at; key < this.#size; key++) {
        const place = this.#dense[key]!;
        if (place === 0) continue;
        keys[to] = key;
        counts[to++] = this.counts[place - 1]!;
      }
      return length;
    }
    const sorted = keys.subarray(at, at + length);
    sorted.set(this.keys.subarray(0, length));
    sorted.sort();
    for (let i = 0; i < length; i++) {
      const key = sorted[i]!;
      const place = this.#size <= DENSE ? this.#dense[key]! : this.#hashed[this.#slot(key)]!;
      counts[at + i] = this.counts[place - 1]!;
    }
    return length;
  }

  #append(key: number, n: number): void {
    if (this.length === this.keys.length) {
      this.keys = grown(this.keys, 2 * this.length);
      this.counts = grown(this.counts, 2 * this.length);
      const slots = new Int32Array(2 * this.length);
      slots.set(this.#slots);
      this.#slots = slots;
    }
    this.keys[this.length] = key;
    this.counts[this.length] = n;
    this.length++;
    if (this.#size <= DENSE) {
      this.#dense[key] = this.length;
      return;
    }
    if (2 * this.length > this.#hashed.length) {
      this.#hashed = new Int32Array(2 * this.#hashed.length);
      for (let place = 0; place < this.length; place++) this.#enter(place);
    } else this.#enter(this.length - 1);
  }

  #enter(place: number): void {
    const slot = this.#slot(this.keys[place]!);
    this.#hashed[slot] = place + 1;
    this.#slots[place] = slot;
  }

  /** Where a key stands in the hash table, or where it would. */
  #slot(key: number): number {
    const last = this.#hashed.length - 1;
    let at = Math.imul(key ^ Math.imul(key / 2 ** 32, 0x85ebca6b), 0x9e3779b1);
    at = (at ^ (at >>> 15)) & last;
    for (;;) {
      const place = this.#hashed[at]!;
      if (place === 0 || this.keys[place - 1] === key) return at;
      at = (at + 1) & last;
    }
  }
}

/** The same numbers, with room for more. */
export function grown(numbers: Float64Array, room: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(room);
  larger.set(numbers);
  return larger;
}
