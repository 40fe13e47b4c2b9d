/** Keys up to this many are found through an array; beyond, through a map. */
const DENSE = 2 ** 20;

/** A vector of masses for each key that occurs, in the order of meeting; all vectors are of one width. */
export class Masses {
  keys = new Float64Array(64);
  /** Shape [length, width]. */
  data = new Float64Array(0);
  length = 0;
  width = 0;
  #size = 0;
  /** By key: place + 1, or 0. */
  #dense = new Int32Array(0);
  readonly #sparse = new Map<number, number>();

  /**
   * Empties it.
   * @param size keys are below
   */
  begin(size: number, width: number): void {
    if (this.#size <= DENSE) for (let i = 0; i < this.length; i++) this.#dense[this.keys[i]!] = 0;
    else this.#sparse.clear();
    this.length = 0;
    this.width = width;
    this.#size = size;
    if (size <= DENSE && this.#dense.length < size) this.#dense = new Int32Array(size);
  }

  /** Where the vector of a key begins in `data`, which may be a new array then; a key that was not met gets zeros. */
  at(key: number): number {
    const met = this.#size <= DENSE ? this.#dense[key]! : (this.#sparse.get(key) ?? 0);
    return (met > 0 ? met - 1 : this.#append(key)) * this.width;
  }

  #append(key: number): number {
    const place = this.length++;
    if (place === this.keys.length) this.keys = copied(this.keys, 2 * place);
    const end = (place + 1) * this.width;
    if (end > this.data.length) this.data = copied(this.data, 2 * end);
    this.data.fill(0, end - this.width, end);
    this.keys[place] = key;
    if (this.#size <= DENSE) this.#dense[key] = place + 1;
    else this.#sparse.set(key, place + 1);
    return place;
  }
}

function copied(numbers: Float64Array, room: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(room);
  larger.set(numbers);
  return larger;
}
