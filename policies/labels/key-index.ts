/** 32-bit words of a key that are compared: 128 bits of a SHA-256 leave no room for chance. */
const WORDS = 4;

/**
 * Where each label begins in its file, by key. Typed arrays and open addressing: a million labels take about 50 MB.
 */
export class KeyIndex {
  #capacity = 1024;
  #words = new Uint32Array(this.#capacity * WORDS);
  /** Offset + 1; 0 marks a free slot. */
  #offsets = new Float64Array(this.#capacity);
  #count = 0;

  get size(): number {
    return this.#count;
  }

  /** @param key at least 32 lower-case hex digits */
  get(key: string): number | undefined {
    const offset = this.#offsets[this.#slot(wordsOf(key))]!;
    return offset === 0 ? undefined : offset - 1;
  }

  /** Keeps the first offset of a key. */
  add(key: string, offset: number): void {
    if ((this.#count + 1) * 2 > this.#capacity) this.#grow();
    this.#put(wordsOf(key), offset + 1);
  }

  #put(words: ArrayLike<number>, offset: number): void {
    const slot = this.#slot(words);
    if (this.#offsets[slot] !== 0) return;
    this.#words.set(words, slot * WORDS);
    this.#offsets[slot] = offset;
    this.#count++;
  }

  /** The slot of a key, or the free one where it belongs. */
  #slot(words: ArrayLike<number>): number {
    const mask = this.#capacity - 1;
    for (let slot = words[0]! & mask; ; slot = (slot + 1) & mask) {
      if (this.#offsets[slot] === 0) return slot;
      const at = slot * WORDS;
      let i = 0;
      while (i < WORDS && this.#words[at + i] === words[i]) i++;
      if (i === WORDS) return slot;
    }
  }

  #grow(): void {
    const [words, offsets] = [this.#words, this.#offsets];
    this.#capacity *= 2;
    this.#words = new Uint32Array(this.#capacity * WORDS);
    this.#offsets = new Float64Array(this.#capacity);
    this.#count = 0;
    offsets.forEach((offset, slot) => {
      if (offset !== 0) this.#put(words.subarray(slot * WORDS, (slot + 1) * WORDS), offset);
    });
  }
}

function wordsOf(key: string): Uint32Array {
  const words = new Uint32Array(WORDS);
  for (let i = 0; i < 8 * WORDS; i++) {
    const code = key.charCodeAt(i);
    // '0' is 48 and 'a' is 97.
    words[i >> 3] = (words[i >> 3]! << 4) | (code < 58 ? code - 48 : code - 87);
  }
  return words;
}
