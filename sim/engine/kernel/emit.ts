import { ACTION_SLOT, blockOf, kinds, type Slots } from '../../../env/agent-luck.ts';
import { GROUP } from '../../../env/people.ts';
import { MULTIPLIERS, ROUNDS, WEYL } from '../../../env/random.ts';
import type { StateSpace } from '../../../env/state-space.ts';
import { assemble, FunctionBody } from './assembler.ts';
import type { Packing } from './packing.ts';
import { BYTE_ROWS, type DrawsShape, drawsLayout, type IndexShape, indexLayout } from './shape.ts';

/**
 * The form of a program; what differs between kinds of agents and ticks of one form stands in tables. `start` draws first
 * states, `count` counts situations, `act` draws actions, `move` moves on those who have acted, `play` acts and moves.
 */
export interface ProgramShape {
  readonly mode: 'start' | 'count' | 'act' | 'move' | 'play';
  /** To count, act and play. */
  readonly situations?: IndexShape;
  /** To act and play. */
  readonly decision?: DrawsShape;
  /** By agent factor; to start, move and play. */
  readonly laws?: readonly { readonly index: IndexShape; readonly draws: DrawsShape }[];
  /** To move and play. */
  readonly outcomes?: IndexShape;
}

/** Words of the block that a program is called with; behind the planes of states stand the columns that are not drawn. */
export const call = { runs: 0, count: 1, tick: 2, key0: 3, key1: 4, scratch: 5, actions: 6, states: 7 } as const;

/** Words of a run, agents of one kind that stand together; their laws come last. */
export const run = {
  place: 0,
  groups: 1,
  /** Agents in the last group, 1 to 16. */
  lanes: 2,
  acted: 3,
  moved: 4,
  situations: 5,
  decision: 6,
  outcomes: 7,
  /** The first of the agent factors' laws. */
  laws: 8,
} as const;

/** How many words a run has. */
export const runWords = (space: StateSpace): number => run.laws + space.agent.length;

/** Counts are taken in four copies, as what was just stored cannot be read again at once, up to this many bins. */
const COPIED_BINS = 1024;

/** Bytes of scratch space: vectors of rows, and four copies of the bins of both counts. */
export const SCRATCH_BYTES = 64 + 2 * 16 * COPIED_BINS;
const ROW_SCRATCH = 0;
const LANE_SCRATCH = 32;
const ACTED_SCRATCH = 64;
const MOVED_SCRATCH = 64 + 16 * COPIED_BINS;

/** Whether a program of this shape can be made: rows are numbered by bytes. */
export const isEmittable = ({ situations, laws = [], outcomes }: ProgramShape): boolean =>
  [situations, outcomes, ...laws.map(({ index }) => index)].every((index) => !index || index.rows <= BYTE_ROWS);

/**
 * Assembles a program for groups of 16 agents: one exported function `play` of the address of a call.
 */
export function emitProgram(space: StateSpace, packing: Packing, slots: Slots, shape: ProgramShape): Uint8Array {
  const body = new FunctionBody(1);
  new Emitter(space, packing, slots, shape, body).emit();
  return assemble({ play: { parameters: 1, body } });
}

class Emitter {
  readonly #space: StateSpace;
  readonly #packing: Packing;
  readonly #slots: Slots;
  readonly #shape: ProgramShape;
  readonly #code: FunctionBody;
  readonly #i32: (name: string) => number;
  readonly #v128: (name: string) => number;

  constructor(space: StateSpace, packing: Packing, slots: Slots, shape: ProgramShape, code: FunctionBody) {
    this.#space = space;
    this.#packing = packing;
    this.#slots = slots;
    this.#shape = shape;
    this.#code = code;
    const named = (type: 'i32' | 'v128') => {
      const locals = new Map<string, number>();
      return (name: string) => {
        if (!locals.has(name)) locals.set(name, code.local(type));
        return locals.get(name)!;
      };
    };
    this.#i32 = named('i32');
    this.#v128 = named('v128');
  }

  emit(): void {
    const code = this.#code;
    const i32 = this.#i32;
    for (const [name, word] of Object.entries(call))
      if (name !== 'states')
        code
          .get(0)
          .memory('i32.load', 4 * word)
          .set(i32(name));
    for (let plane = 0; plane < this.#packing.planes; plane++)
      code
        .get(0)
        .memory('i32.load', 4 * (call.states + plane))
        .set(i32(`states ${plane}`));
    this.#made.forEach((f, at) =>
      code
        .get(0)
        .memory('i32.load', 4 * (call.states + this.#packing.planes + at))
        .set(i32(`made ${f}`)),
    );
    code.get(i32('tick')).op('i32x4.splat').set(this.#v128('tick'));
    for (let round = 0; round < ROUNDS; round++)
      for (const [half, key] of ['key0', 'key1'].entries())
        code
          .get(i32(key))
          .i32(Math.imul(WEYL[half]!, round))
          .op('i32.add', 'i32x4.splat')
          .set(this.#v128(`${key} ${round}`));
    code.repeatWhile(() => {
      this.#emitRun();
      code
        .get(i32('runs'))
        .i32(4 * runWords(this.#space))
        .op('i32.add')
        .set(i32('runs'));
      code.get(i32('count')).i32(1).op('i32.sub').tee(i32('count'));
    });
  }

  get #laws() {
    return this.#shape.laws ?? [];
  }

  /** Agent factors whose next levels are not drawn: they stand in columns. */
  get #made(): number[] {
    return this.#shape.mode === 'start' ? [] : this.#space.agent.flatMap(({ counted }, f) => (counted ? f : []));
  }

  get #bins(): number {
    const { situations, decision } = this.#shape;
    return situations ? situations.rows * (decision ? this.#space.scenario.actions.length : 1) : 0;
  }

  #emitRun(): void {
    const code = this.#code;
    const i32 = this.#i32;
    for (const [name, word] of Object.entries(run))
      if (name !== 'laws')
        code
          .get(i32('runs'))
          .memory('i32.load', 4 * word)
          .set(i32(name));
    this.#laws.forEach((_, f) =>
      code
        .get(i32('runs'))
        .memory('i32.load', 4 * (run.laws + f))
        .set(i32(`law ${f}`)),
    );
    this.#clear(this.#bins, ACTED_SCRATCH);
    this.#clear(this.#shape.outcomes?.rows ?? 0, MOVED_SCRATCH);
    // Two groups at a time, whose luck is drawn together so that neither waits for the other; the last two one by one.
    code
      .i32(2)
      .get(i32('groups'))
      .op('i32.lt_u')
      .when(() =>
        code.repeatWhile(() => {
          for (const block of this.#blocks()) this.#emitPhilox(block, 'high', 2);
          for (const half of [0, 1]) {
            this.#emitGroup(half, true);
            code.get(i32('place')).i32(GROUP).op('i32.add').set(i32('place'));
          }
          code.i32(2).get(i32('groups')).i32(2).op('i32.sub').tee(i32('groups')).op('i32.lt_u');
        }),
      );
    code.repeatWhile(() => {
      for (const block of this.#blocks()) this.#emitPhilox(block, 'high', 1);
      this.#emitGroup(0, false);
      code.get(i32('place')).i32(GROUP).op('i32.add').set(i32('place'));
      code.get(i32('groups')).i32(1).op('i32.sub').tee(i32('groups'));
    });
    this.#gatherBins(this.#bins, ACTED_SCRATCH, 'acted');
    this.#gatherBins(this.#shape.outcomes?.rows ?? 0, MOVED_SCRATCH, 'moved');
  }

  /**
   * @param half which of the groups whose luck was drawn together
   * @param whole whether it is known that nobody's place is empty
   */
  #emitGroup(half: number, whole: boolean): void {
    this.#half = half;
    this.#whole = whole;
    const { mode, situations, decision, outcomes } = this.#shape;
    const code = this.#code;
    const v128 = this.#v128;
    if (mode !== 'start')
      for (let plane = 0; plane < this.#packing.planes; plane++) {
        this.#address(`states ${plane}`);
        code.memory('v128.load').set(v128(`state ${plane}`));
      }
    this.#halvesRead = new Set();
    for (const block of this.#blocks()) code.i32(0).set(this.#i32(`has low ${block}`));
    if (situations) this.#emitIndex(situations, 'situations', 'row');
    if (mode === 'count') this.#countRows(situations!.rows, 'row', undefined, ACTED_SCRATCH, 'acted');
    if (decision) {
      this.#emitDraws(decision, 'decision', 0, 'row', ACTION_SLOT, 'action');
      this.#address('actions');
      code.get(v128('action')).memory('v128.store');
      this.#countRows(situations!.rows, 'row', 'action', ACTED_SCRATCH, 'acted');
    }
    if (!this.#shape.laws) return;
    if (mode === 'move') {
      this.#address('actions');
      code.memory('v128.load').set(v128('action'));
    }
    const made = this.#made;
    this.#laws.forEach(({ index, draws }, f) => {
      if (made.includes(f)) {
        this.#address(`made ${f}`);
        code.memory('v128.load').set(v128(`next ${f}`));
        return;
      }
      this.#emitIndex(index, `law ${f}`, 'at');
      this.#emitDraws(draws, `law ${f}`, indexLayout(this.#space, index).end, 'at', this.#lawSlots[f]!, `next ${f}`);
    });
    for (let plane = 0; plane < this.#packing.planes; plane++) {
      this.#address(`states ${plane}`);
      code.v128(new Uint8Array(16));
      this.#packing.fields.forEach((field, f) => {
        if (field.plane !== plane || field.bits === 0) return;
        code.get(v128(`next ${f}`));
        if (field.shift > 0) code.i32(field.shift).op('i8x16.shl');
        code.op('v128.or');
      });
      code.memory('v128.store');
    }
    if (outcomes) {
      this.#emitIndex(outcomes, 'outcomes', 'at');
      this.#countRows(outcomes.rows, 'at', undefined, MOVED_SCRATCH, 'moved');
    }
  }

  #half = 0;
  #whole = false;
  #halvesRead = new Set<number>();

  get #lawSlots(): readonly number[] {
    return this.#shape.mode === 'start' ? this.#slots.start : this.#slots.next;
  }

  /** Blocks of luck that the program may need. */
  #blocks(): Set<number> {
    return new Set([
      ...(this.#shape.decision ? [ACTION_SLOT >> 2] : []),
      ...this.#laws.flatMap(({ draws }, f) => (draws.steps > 0 ? [this.#lawSlots[f]! >> 2] : [])),
    ]);
  }

  /** Address of the group in a column. */
  #address(column: string): void {
    this.#code.get(this.#i32(column)).get(this.#i32('place')).op('i32.add');
  }

  /** Numbers each agent's row, into a vector of bytes. */
  #emitIndex(shape: IndexShape, tables: string, into: string): void {
    const code = this.#code;
    const v128 = this.#v128;
    const layout = indexLayout(this.#space, shape);
    const terms: (() => void)[] = [];
    shape.halves.forEach((half, i) =>
      terms.push(() => {
        this.#readHalf(half);
        this.#lookUp(tables, layout.halves[i]!, 16, v128(`half ${half}`));
      }),
    );
    shape.wide.forEach((f, i) =>
      terms.push(() =>
        this.#lookUp(
          tables,
          layout.wide[i]!,
          this.#space.agent[f]!.factor.levels.length,
          v128(`state ${this.#packing.fields[f]!.plane}`),
        ),
      ),
    );
    if (shape.action)
      terms.push(() => this.#lookUp(tables, layout.action, this.#space.scenario.actions.length, v128('action')));
    shape.next.forEach((f, i) =>
      terms.push(() =>
        this.#lookUp(tables, layout.next[i]!, this.#space.agent[f]!.factor.levels.length, v128(`next ${f}`)),
      ),
    );
    if (terms.length === 0) code.v128(new Uint8Array(16));
    terms.forEach((term, i) => {
      term();
      if (i > 0) code.op('i8x16.add');
    });
    code.set(v128(into));
  }

  #readHalf(half: number): void {
    if (this.#halvesRead.has(half)) return;
    this.#halvesRead.add(half);
    const code = this.#code;
    code.get(this.#v128(`state ${half >> 1}`));
    if (half & 1) code.i32(4).op('i8x16.shr_u');
    else code.v128(new Uint8Array(16).fill(15)).op('v128.and');
    code.set(this.#v128(`half ${half}`));
  }

  /** Leaves the entries of a table at the rows of a vector on the stack. */
  #lookUp(tables: string, offset: number, entries: number, rows: number): void {
    const code = this.#code;
    const i32 = this.#i32;
    const load = (at: number) => code.get(i32(tables)).memory('v128.load', offset + at);
    if (entries === 1) {
      load(0);
      return;
    }
    if (entries <= 64) {
      for (let from = 0; from < entries; from += 16) {
        load(from).get(rows);
        if (from > 0) code.v128(new Uint8Array(16).fill(from)).op('i8x16.sub');
        code.op('i8x16.swizzle');
        if (from > 0) code.op('v128.or');
      }
      return;
    }
    code.get(i32('scratch')).get(rows).memory('v128.store', LANE_SCRATCH);
    code.v128(new Uint8Array(16));
    for (let lane = 0; lane < 16; lane++) {
      code.get(i32('scratch')).memory('i32.load8_u', LANE_SCRATCH + lane);
      code.get(i32(tables)).op('i32.add').memory('i32.load8_u', offset).replaceByte(lane);
    }
  }

  /** Draws a level for each agent: the top less the steps whose thresholds lie at or above the uniform. */
  #emitDraws(shape: DrawsShape, tables: string, from: number, rows: string, slot: number, into: string): void {
    const code = this.#code;
    const layout = drawsLayout(shape);
    const level = this.#v128(into);
    const row = this.#v128(rows);
    this.#lookUp(tables, from + layout.top, shape.rows, row);
    code.set(level);
    if (shape.steps === 0) return;
    const high = this.#highOf(slot);
    const ties = this.#v128('ties');
    for (let step = 0; step < shape.steps; step++) {
      const threshold = this.#v128(`threshold ${step}`);
      this.#lookUp(tables, from + layout.high(step), shape.rows, row);
      code.set(threshold);
      code.get(level).get(high).get(threshold).op('i8x16.le_u', 'i8x16.add').set(level);
      code.get(high).get(threshold).op('i8x16.eq');
      if (step > 0) code.get(ties).op('v128.or');
      code.set(ties);
    }
    code
      .get(ties)
      .op('v128.any_true')
      .when(() => {
        const low = this.#lowOf(slot);
        for (let step = 0; step < shape.steps; step++) {
          // Where the high bytes tie and the low one lies above, the step is not taken after all.
          code
            .get(level)
            .get(high)
            .get(this.#v128(`threshold ${step}`))
            .op('i8x16.eq')
            .get(low);
          this.#lookUp(tables, from + layout.low(step), shape.rows, row);
          code.op('i8x16.le_u', 'v128.andnot', 'i8x16.sub').set(level);
        }
      });
  }

  #highOf(slot: number): number {
    return this.#v128(`high ${slot >> 2} ${slot & 3} of ${this.#half}`);
  }

  #lowOf(slot: number): number {
    const block = slot >> 2;
    const drawn = this.#i32(`has low ${block}`);
    this.#code
      .get(drawn)
      .op('i32.eqz')
      .when(() => {
        this.#emitPhilox(block, 'low', 1);
        this.#code.i32(1).set(drawn);
      });
    return this.#v128(`low ${block} ${slot & 3} of 0`);
  }

  /**
   * Philox4x32 blocks of four slots for each four agents of some groups: word w of all of a group's is a vector of 16 bytes.
   * @param groups from the place at hand on, drawn in step with each other
   */
  #emitPhilox(block: number, byte: 'high' | 'low', groups: number): void {
    const code = this.#code;
    const kind = kinds[this.#shape.mode === 'start' ? (byte === 'high' ? 'startHigh' : 'startLow') : byte];
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

  /** Counts the agents of a group by row, or by action and row. */
  #countRows(rows: number, row: string, action: string | undefined, scratch: number, bins: string): void {
    const code = this.#code;
    const i32 = this.#i32;
    const k = this.#space.scenario.actions.length;
    const all = rows * (action ? k : 1);
    const copied = all <= COPIED_BINS;
    /** Whether a byte numbers every bin, so that all lanes are numbered at once. */
    const byBytes = action !== undefined && all <= BYTE_ROWS && k <= 16;
    code.get(i32('scratch')).get(this.#v128(row));
    if (byBytes) {
      const stride = Uint8Array.from({ length: 16 }, (_, a) => (a < k ? a * rows : 0));
      code.v128(stride).get(this.#v128(action)).op('i8x16.swizzle', 'i8x16.add');
    }
    code.memory('v128.store', ROW_SCRATCH);
    if (action && !byBytes) code.get(i32('scratch')).get(this.#v128(action)).memory('v128.store', LANE_SCRATCH);
    const address = i32('bin');
    /** Adds one to the bin of the lane at an address. */
    const add = (lane: () => void, offset: number) => {
      lane();
      code.memory('i32.load8_u', ROW_SCRATCH + offset);
      if (action && !byBytes) {
        lane();
        code
          .memory('i32.load8_u', LANE_SCRATCH + offset)
          .i32(rows)
          .op('i32.mul', 'i32.add');
      }
      code
        .i32(2)
        .op('i32.shl')
        .get(i32(copied ? 'scratch' : bins))
        .op('i32.add')
        .tee(address);
      const at = copied ? scratch + 4 * COPIED_BINS * (offset & 3) : 0;
      code.get(address).memory('i32.load', at).i32(1).op('i32.add').memory('i32.store', at);
    };
    const allLanes = () => {
      for (let lane = 0; lane < GROUP; lane++) add(() => code.get(i32('scratch')), lane);
    };
    if (this.#whole) {
      allLanes();
      return;
    }
    const whole = i32('whole');
    code
      .get(i32('groups'))
      .i32(1)
      .op('i32.sub')
      .get(i32('lanes'))
      .i32(16)
      .op('i32.sub', 'i32.eqz', 'i32.or')
      .tee(whole);
    code.when(allLanes);
    code
      .get(whole)
      .op('i32.eqz')
      .when(() => {
        code.i32(0).set(i32('lane'));
        code.repeatWhile(() => {
          add(() => code.get(i32('scratch')).get(i32('lane')).op('i32.add'), 0);
          code.get(i32('lane')).i32(1).op('i32.add').tee(i32('lane')).get(i32('lanes')).op('i32.lt_u');
        });
      });
  }

  /** Clears the four copies of some bins. */
  #clear(bins: number, scratch: number): void {
    this.#overBins(bins, (at) => {
      for (let copy = 0; copy < 4; copy++)
        this.#code
          .get(at)
          .v128(new Uint8Array(16))
          .memory('v128.store', scratch + 4 * COPIED_BINS * copy);
    });
  }

  /** Adds the four copies of the bins to the counts. */
  #gatherBins(bins: number, scratch: number, into: string): void {
    const code = this.#code;
    const to = this.#i32(into);
    this.#overBins(bins, (at) => {
      code.get(to).get(to).memory('v128.load');
      for (let copy = 0; copy < 4; copy++)
        code
          .get(at)
          .memory('v128.load', scratch + 4 * COPIED_BINS * copy)
          .op('i32x4.add');
      code.memory('v128.store');
      code.get(to).i32(16).op('i32.add').set(to);
    });
  }

  /** Visits bins four at a time, their address less where the copies begin. */
  #overBins(bins: number, visit: (at: number) => void): void {
    if (bins === 0 || bins > COPIED_BINS) return;
    const code = this.#code;
    const [at, left] = [this.#i32('bin'), this.#i32('left')];
    code
      .i32(Math.ceil(bins / 4))
      .set(left)
      .get(this.#i32('scratch'))
      .set(at);
    code.repeatWhile(() => {
      visit(at);
      code.get(at).i32(16).op('i32.add').set(at);
      code.get(left).i32(1).op('i32.sub').tee(left);
    });
  }
}

/** The upper and the lower halves of four 64-bit products. */
const UPPER = [4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31];
const LOWER = [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27];
