import { ACTION_SLOT, type Slots } from '../../../env/agent-luck.ts';
import { GROUP } from '../../../env/people.ts';
import type { StateSpace } from '../../../env/state-space.ts';
import { assemble } from './assembler.ts';
import { BinEmitter, type Counting } from './emit-bins.ts';
import { LuckEmitter } from './emit-luck.ts';
import { TableEmitter } from './emit-tables.ts';
import type { Packing } from './packing.ts';
import { call, type ProgramShape, Routine, run, runWords } from './program.ts';
import { indexLayout } from './shape.ts';

/**
 * Assembles a program for groups of 16 agents: one exported function `play` of the address of a call.
 */
export function emitProgram(space: StateSpace, packing: Packing, slots: Slots, shape: ProgramShape): Uint8Array {
  const emitter = new Emitter(space, packing, slots, shape);
  emitter.emit();
  return assemble({ play: { parameters: 1, body: emitter.routine.code } });
}

class Emitter {
  readonly routine = new Routine();
  readonly #space: StateSpace;
  readonly #packing: Packing;
  readonly #shape: ProgramShape;
  readonly #luck: LuckEmitter;
  readonly #tables: TableEmitter;
  readonly #bins: BinEmitter;
  /** By agent factor. */
  readonly #lawSlots: readonly number[];
  /** Agent factors whose next levels are not drawn: they stand in columns. */
  readonly #made: readonly number[];
  /** Blocks of luck that the program may need. */
  readonly #blocks: ReadonlySet<number>;
  readonly #acted?: Counting;
  readonly #moved?: Counting;

  constructor(space: StateSpace, packing: Packing, slots: Slots, shape: ProgramShape) {
    const { mode, situations, decision, laws = [], outcomes } = shape;
    this.#space = space;
    this.#packing = packing;
    this.#shape = shape;
    this.#luck = new LuckEmitter(this.routine, mode === 'start');
    this.#tables = new TableEmitter(space, packing, this.routine, this.#luck);
    this.#bins = new BinEmitter(this.routine);
    this.#lawSlots = mode === 'start' ? slots.start : slots.next;
    this.#made = mode === 'start' ? [] : space.agent.flatMap(({ counted }, f) => (counted ? f : []));
    this.#blocks = new Set([
      ...(decision ? [ACTION_SLOT >> 2] : []),
      ...laws.flatMap(({ draws }, f) => (draws.steps > 0 ? [this.#lawSlots[f]! >> 2] : [])),
    ]);
    if (situations)
      this.#acted = { bins: 'acted', rows: situations.rows, actions: decision ? space.scenario.actions.length : 1 };
    if (outcomes) this.#moved = { bins: 'moved', rows: outcomes.rows, actions: 1 };
  }

  emit(): void {
    const { code } = this.routine;
    for (const [name, word] of Object.entries(call)) if (name !== 'states') this.#loadWord(0, word, name);
    for (let plane = 0; plane < this.#packing.planes; plane++)
      this.#loadWord(0, call.states + plane, `states ${plane}`);
    this.#made.forEach((f, at) => this.#loadWord(0, call.states + this.#packing.planes + at, `made ${f}`));
    this.#luck.emitKeys();
    code.repeatWhile(() => {
      this.#emitRun();
      this.#count('runs', 4 * runWords(this.#space));
      this.#count('count', -1);
      code.get(this.#i32('count'));
    });
  }

  #emitRun(): void {
    const { code } = this.routine;
    const runs = this.#i32('runs');
    for (const [name, word] of Object.entries(run)) if (name !== 'laws') this.#loadWord(runs, word, name);
    for (const f of (this.#shape.laws ?? []).keys()) this.#loadWord(runs, run.laws + f, `law ${f}`);
    const counting = [this.#acted, this.#moved].filter((one) => one !== undefined);
    for (const one of counting) this.#bins.emitClear(one);
    // Two groups at a time, whose luck is drawn together so that neither waits for the other; the last two one by one.
    code
      .i32(2)
      .get(this.#i32('groups'))
      .op('i32.lt_u')
      .when(() =>
        code.repeatWhile(() => {
          this.#luck.emitHigh(this.#blocks, 2);
          for (const half of [0, 1]) {
            this.#emitGroup(half, true);
            this.#count('place', GROUP);
          }
          this.#count('groups', -2);
          code.i32(2).get(this.#i32('groups')).op('i32.lt_u');
        }),
      );
    code.repeatWhile(() => {
      this.#luck.emitHigh(this.#blocks, 1);
      this.#emitGroup(0, false);
      this.#count('place', GROUP);
      this.#count('groups', -1);
      code.get(this.#i32('groups'));
    });
    for (const one of counting) this.#bins.emitGather(one);
  }

  /**
   * @param half which of the groups whose luck was drawn together
   * @param whole whether it is known that nobody's place is empty
   */
  #emitGroup(half: number, whole: boolean): void {
    const { mode, situations, decision, laws, outcomes } = this.#shape;
    const { code } = this.routine;
    const action = this.routine.v128('action');
    this.#luck.beginGroup(this.#blocks, half);
    this.#tables.beginGroup();
    if (mode !== 'start') this.#readStates();
    if (situations) this.#tables.emitIndex(situations, 'situations', 'row');
    if (decision) {
      this.#tables.emitDraws(decision, 'decision', 0, 'row', ACTION_SLOT, 'action');
      this.routine.address('actions');
      code.get(action).memory('v128.store');
    }
    if (this.#acted) this.#bins.emitCount(this.#acted, 'row', whole);
    if (!laws) return;
    if (mode === 'move') {
      this.routine.address('actions');
      code.memory('v128.load').set(action);
    }
    laws.forEach(({ index, draws }, f) => {
      if (this.#made.includes(f)) {
        this.routine.address(`made ${f}`);
        code.memory('v128.load').set(this.routine.v128(`next ${f}`));
        return;
      }
      const { end } = indexLayout(this.#space, index);
      this.#tables.emitIndex(index, `law ${f}`, 'at');
      this.#tables.emitDraws(draws, `law ${f}`, end, 'at', this.#lawSlots[f]!, `next ${f}`);
    });
    this.#writeStates();
    if (!outcomes) return;
    this.#tables.emitIndex(outcomes, 'outcomes', 'at');
    this.#bins.emitCount(this.#moved!, 'at', whole);
  }

  #readStates(): void {
    for (let plane = 0; plane < this.#packing.planes; plane++) {
      this.routine.address(`states ${plane}`);
      this.routine.code.memory('v128.load').set(this.routine.v128(`state ${plane}`));
    }
  }

  #writeStates(): void {
    const { code } = this.routine;
    for (let plane = 0; plane < this.#packing.planes; plane++) {
      this.routine.address(`states ${plane}`);
      code.v128(new Uint8Array(16));
      this.#packing.fields.forEach((field, f) => {
        if (field.plane !== plane || field.bits === 0) return;
        code.get(this.routine.v128(`next ${f}`));
        if (field.shift > 0) code.i32(field.shift).op('i8x16.shl');
        code.op('v128.or');
      });
      code.memory('v128.store');
    }
  }

  #loadWord(block: number, word: number, into: string): void {
    this.routine.code
      .get(block)
      .memory('i32.load', 4 * word)
      .set(this.#i32(into));
  }

  #count(name: string, by: number): void {
    this.routine.code.get(this.#i32(name)).i32(by).op('i32.add').set(this.#i32(name));
  }

  #i32(name: string): number {
    return this.routine.i32(name);
  }
}
