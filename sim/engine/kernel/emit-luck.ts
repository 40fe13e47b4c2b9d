import { blockOf, kinds } from '../../../env/agent-luck.ts';
import { MULTIPLIERS, ROUNDS, WEYL } from '../../../env/random.ts';
import type { Routine } from './program.ts';

/** Writes how a routine comes by random bytes: those of 16 agents in a slot are a vector. */
export class LuckEmitter {
  readonly #routine: Routine;
  readonly #start: boolean;
  /** Which of the groups whose high bytes were drawn together is at hand. */
  #half = 0;

  /** @param start whether first states are drawn */
  constructor(routine: Routine, start: boolean) {
    this.#routine = routine;
    this.#start = start;
  }

  /** Once a call: the tick and the keys of all rounds, as vectors. */
  emitKeys(): void {
    const { code } = this.#routine;
    code.get(this.#i32('tick')).op('i32x4.splat').set(this.#v128('tick'));
    for (let round = 0; round < ROUNDS; round++)
      for (const [half, key] of ['key0', 'key1'].entries())
        code
          .get(this.#i32(key))
          .i32(Math.imul(WEYL[half]!, round))
          .op('i32.add', 'i32x4.splat')
          .set(this.#v128(`${key} ${round}`));
  }

  /** Draws the high bytes of some blocks for one or two groups from the place at hand on. */
  emitHigh(blocks: Iterable<number>, groups: 1 | 2): void {
    for (const block of blocks) this.#emitPhilox(block, 'high', groups);
  }

  /** @param half which of the groups that `emitHigh` was for comes next */
  beginGroup(blocks: Iterable<number>, half: number): void {
    this.#half = half;
    for (const block of blocks) this.#routine.code.i32(0).set(this.#i32(`has low ${block}`));
  }

  /** The vector of high bytes of a slot. */
  highOf(slot: number): number {
    return this.#v128(`high ${slot >> 2} ${slot & 3} of ${this.#half}`);
  }

  /** The vector of low bytes of a slot, whose block is drawn if it was not yet. */
  emitLow(slot: number): number {
    const { code } = this.#routine;
    const block = slot >> 2;
    const drawn = this.#i32(`has low ${block}`);
    code
      .get(drawn)
      .op('i32.eqz')
      .when(() => {
        this.#emitPhilox(block, 'low', 1);
        code.i32(1).set(drawn);
      });
    return this.#v128(`low ${block} ${slot & 3} of 0`);
  }

  /**
   * Philox4x32 blocks of four slots for each four agents of some groups: word w of all of a group's is a vector of 16 bytes.
   * @param groups from the place at hand on, drawn in step with each other
   */
  #emitPhilox(block: number, byte: 'high' | 'low', groups: number): void {
    const { code } = this.#routine;
    const kind = kinds[this.#start ? (byte === 'high' ? 'startHigh' : 'startLow') : byte];
    const third = blockOf(4 * block, kind);
    const [low, high] = [this.#v128('product low'), this.#v128('product high')];
    const product = (word: number, half: 0 | 1) => {
      const factor = new Uint8Array(new Uint32Array(4).fill(MULTIPLIERS[half]).buffer);
      code.get(word).v128(factor).op('i64x2.extmul_low_i32x4_u').set(low);
      code.get(word).v128(factor).op('i64x2.extmul_high_i32x4_u').set(high);
    };
    const counters = Array.from({ length: groups }, (_, g) =>
      [0, 1, 2, 3].map((word) => this.#v128(`counter ${word} of ${g}`)),
    ) as [number, number, number, number][];
    counters.forEach((counter, g) => {
      code.get(this.#i32('place')).i32(2).op('i32.shr_u', 'i32x4.splat');
      code.v128(new Uint8Array(Uint32Array.of(0, 1, 2, 3).map((four) => four + 4 * g).buffer)).op('i32x4.add');
      code.set(counter[0]).get(this.#v128('tick')).set(counter[1]);
      code.v128(new Uint8Array(new Uint32Array(4).fill(third).buffer)).set(counter[2]);
      code.v128(new Uint8Array(16)).set(counter[3]);
    });
    for (let round = 0; round < ROUNDS; round++)
      for (const counter of counters) {
        const [next0, next1] = [this.#v128('next counter 0'), this.#v128('next counter 1')];
        product(counter[2], 1);
        code.get(low).get(high).shuffle(UPPER).get(counter[1]).op('v128.xor');
        code
          .get(this.#v128(`key0 ${round}`))
          .op('v128.xor')
          .set(next0);
        code.get(low).get(high).shuffle(LOWER).set(next1);
        product(counter[0], 0);
        code.get(low).get(high).shuffle(UPPER).get(counter[3]).op('v128.xor');
        code
          .get(this.#v128(`key1 ${round}`))
          .op('v128.xor')
          .set(counter[2]);
        code.get(low).get(high).shuffle(LOWER).set(counter[3]);
        code.get(next0).set(counter[0]).get(next1).set(counter[1]);
      }
    counters.forEach((counter, g) =>
      counter.forEach((word, w) => code.get(word).set(this.#v128(`${byte} ${block} ${w} of ${g}`))),
    );
  }

  #i32(name: string): number {
    return this.#routine.i32(name);
  }

  #v128(name: string): number {
    return this.#routine.v128(name);
  }
}

/** The upper and the lower halves of four 64-bit products. */
const UPPER = [4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31];
const LOWER = [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27];
