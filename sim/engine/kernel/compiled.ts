import { type Slots, slotsOf } from '../../../env/agent-luck.ts';
import { streamKey } from '../../../env/random.ts';
import type { Scenario } from '../../../env/scenario.ts';
import type { StateSpace } from '../../../env/state-space.ts';
import { arrange, type Columns, columnsOf } from './columns.ts';
import { emitProgram } from './emit.ts';
import type { Bins, Decisions, Kernel } from './kernel.ts';
import type { Law } from './laws.ts';
import { PlainKernel } from './plain.ts';
import type { ActPlan, Cut, MovePlan } from './plan.ts';
import { type ProgramShape, run } from './program.ts';
import { SharedBytes } from './shared-bytes.ts';
import { Shares } from './shares.ts';
import { Team } from './team.ts';
import { ThreadBins } from './thread-bins.ts';
import { haveRoom, type Tables, TickTables } from './tick-tables.ts';
import { Module } from './web-assembly.ts';

/** Agents for which one more thread is worth its barrier. */
const PLACES_PER_THREAD = 2 ** 15;

/** Agent-steps that the plain kernel plays in about the time that it takes to make a program. */
const PATIENCE = 2 ** 17;

export interface CompiledOptions {
  /** At most, from the first tick on; default: as many as are worth it, once they have started. */
  readonly threads?: number;
  /** Agent-steps that ticks of one form come to before a program is made for them; default: as long as making it takes. */
  readonly patience?: number;
}

/** A form of program, for all runs of a scenario. */
interface Form {
  /** Agent-steps that were played without. */
  waited: number;
  module?: object;
}

const formsOf = new WeakMap<Scenario, Map<string, Form>>();

/**
 * The kernel as WebAssembly made for the scenario at hand: within a tick the world is fixed, so each law is a few tables of
 * bytes, which are looked up for 16 agents together. Programs are made by the form of their tables and kept. The plain kernel
 * plays what is over sooner than a program is made, and ticks whose tables have no room in the memory that threads share.
 */
export class CompiledKernel implements Kernel {
  readonly columns: Columns;
  readonly #space: StateSpace;
  readonly #bytes: SharedBytes;
  readonly #slots: Slots;
  readonly #plain: PlainKernel;
  readonly #team: Team;
  readonly #shares: Shares;
  readonly #tables: TickTables;
  readonly #acted: ThreadBins;
  readonly #moved: ThreadBins;
  readonly #patience: number;
  /** By key: the form, or the number of the program that was made of it. */
  readonly #programs = new Map<string, number | { readonly shape: ProgramShape; readonly form: Form }>();

  constructor(
    space: StateSpace,
    members: Uint32Array,
    seed: number,
    { threads, patience = PATIENCE }: CompiledOptions = {},
  ) {
    this.#patience = patience;
    this.#space = space;
    this.#slots = slotsOf(space);
    this.#bytes = new SharedBytes(arrange(space, members).bytes);
    this.columns = columnsOf(space, members, (bytes) => this.#bytes.view(this.#bytes.allot(bytes), bytes));
    this.#plain = new PlainKernel(space, this.columns, seed);
    const team = threads ?? Math.floor(this.columns.places / PLACES_PER_THREAD);
    this.#team = new Team(this.#bytes.memory, team, threads !== undefined);
    this.#shares = new Shares(space, this.columns, this.#bytes, this.#team.size, streamKey(seed, 'agents'));
    this.#tables = new TickTables(space, this.columns, this.#bytes, this.#shares);
    this.#acted = new ThreadBins(this.#bytes, this.#shares, run.acted, members.length);
    this.#moved = new ThreadBins(this.#bytes, this.#shares, run.moved, members.length);
  }

  start(laws: readonly Cut<Law>[]): void {
    const moving = this.#tables.moving({ laws });
    const program = haveRoom([moving]) && this.#program('start', [moving]);
    if (program) this.#run(program, [moving], 0);
    else this.#plain.start(laws);
  }

  count(plan: ActPlan): Bins {
    const acting = this.#tables.acting(plan, false);
    const rows = acting.rows!;
    const program = haveRoom([acting]) && this.#acted.holds(rows) && this.#program('count', [acting]);
    if (!program) return this.#plain.count(plan);
    const stride = this.#acted.begin(rows);
    this.#run(program, [acting], plan.tick);
    return { rows, stride, counts: this.#acted.sum() };
  }

  act(plan: ActPlan, decisions: Decisions): Bins {
    return this.#play('act', plan, decisions)?.acted ?? this.#plain.act(plan, decisions);
  }

  move(plan: MovePlan): Bins | undefined {
    const moving = this.#tables.moving(plan);
    const { rows = 0 } = moving;
    const program = haveRoom([moving]) && this.#moved.holds(rows) && this.#program('move', [moving]);
    if (!program) return this.#plain.move(plan);
    const stride = rows === 0 ? 0 : this.#moved.begin(rows);
    this.#run(program, [moving], plan.tick);
    return rows === 0 ? undefined : { rows, stride, counts: this.#moved.sum() };
  }

  play(toAct: ActPlan, toMove: MovePlan, decisions: Decisions): { readonly acted: Bins; readonly moved?: Bins } {
    return this.#play('play', toAct, decisions, toMove) ?? this.#plain.play(toAct, toMove, decisions);
  }

  /** @returns undefined for what the plain kernel is to play */
  #play(mode: 'act' | 'play', toAct: ActPlan, decisions: Decisions, toMove?: MovePlan) {
    const acting = this.#tables.acting(toAct, true);
    const moving = toMove && this.#tables.moving(toMove);
    const tables = moving ? [acting, moving] : [acting];
    const bins = acting.rows! * this.#space.scenario.actions.length;
    const moved = moving?.rows;
    if (!(haveRoom(tables) && this.#acted.holds(bins) && this.#moved.holds(moved ?? 0))) return undefined;
    const program = this.#program(mode, tables);
    if (!program) return undefined;
    const stride = this.#acted.begin(bins);
    const movedStride = moved === undefined ? 0 : this.#moved.begin(moved);
    this.#run(program, tables, toAct.tick, decisions);
    return {
      acted: { rows: acting.rows!, stride, counts: this.#acted.sum() },
      ...(moved !== undefined && { moved: { rows: moved, stride: movedStride, counts: this.#moved.sum() } }),
    };
  }

  #run(program: number, tables: readonly Tables[], tick: number, decisions?: Decisions): void {
    this.#bytes.beginTables();
    for (const half of tables) this.#tables.point(half, decisions);
    this.#shares.begin(tick);
    this.#team.play(program, this.#shares.calls);
  }

  /** The number of a program; 0 as long as making it would take longer than to play without. */
  #program(mode: ProgramShape['mode'], tables: readonly Tables[]): number {
    let key: string = mode;
    for (const one of tables) key += ` ${one.key}`;
    let program = this.#programs.get(key);
    if (program === undefined) {
      const shape: ProgramShape = Object.assign({ mode }, ...tables.map((one) => one.shape));
      this.#programs.set(key, (program = { shape, form: formOf(this.#space.scenario, shape) }));
    }
    if (typeof program === 'number') return program;
    const { shape, form } = program;
    form.waited += this.columns.places;
    if (!form.module && form.waited <= this.#patience) return 0;
    form.module ??= new Module(emitProgram(this.#space, this.columns.packing, this.#slots, shape));
    const number = this.#team.load(form.module);
    this.#programs.set(key, number);
    return number;
  }
}

function formOf(scenario: Scenario, shape: ProgramShape): Form {
  let forms = formsOf.get(scenario);
  if (!forms) formsOf.set(scenario, (forms = new Map()));
  const key = JSON.stringify(shape);
  let form = forms.get(key);
  if (!form) forms.set(key, (form = { waited: 0 }));
  return form;
}
