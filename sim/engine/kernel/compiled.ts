import { type Slots, slotsOf } from '../../../env/agent-luck.ts';
import { GROUP } from '../../../env/people.ts';
import { streamKey } from '../../../env/random.ts';
import type { Scenario } from '../../../env/scenario.ts';
import type { StateSpace } from '../../../env/state-space.ts';
import { arrange, type Columns, columnsOf } from './columns.ts';
import { call, emitProgram, isEmittable, type ProgramShape, run, runWords, SCRATCH_BYTES } from './emit.ts';
import type { Bins, Decisions, Kernel } from './kernel.ts';
import type { Law } from './laws.ts';
import { PlainKernel } from './plain.ts';
import type { ActPlan, Cut, MovePlan } from './plan.ts';
import {
  type DrawsShape,
  drawsLayout,
  drawsShape,
  type IndexShape,
  indexLayout,
  indexShape,
  writeDraws,
  writeIndex,
} from './shape.ts';
import { SharedBytes } from './shared-bytes.ts';
import type { Classes } from './slice.ts';
import { Team } from './team.ts';
import { Module } from './web-assembly.ts';

/** Agents for which one more thread is worth its barrier. */
const PLACES_PER_THREAD = 2 ** 15;

/** What was compiled for a scenario, for all of its runs. */
const modules = new WeakMap<Scenario, Map<string, object>>();

/** The agents that one thread plays. */
interface Share {
  /** Of each run. */
  readonly kinds: readonly number[];
  readonly runs: Uint32Array;
  readonly callAt: number;
  readonly call: Uint32Array;
}

interface LawShape {
  readonly index: IndexShape;
  readonly draws: DrawsShape;
}

/** Where the tables of some decisions are, as long as nothing that is named here changes. */
interface DecisionTables {
  readonly revision: number;
  readonly generation: number;
  readonly form: number;
  readonly shape: DrawsShape;
  readonly addresses: Uint32Array;
}

/** A form of tables, and a number for it. */
interface Numbered<S> {
  readonly shape: S;
  readonly form: number;
}

type BinName = 'acted' | 'moved';

/** Bins of all threads, one after the other. */
interface BinRoom {
  readonly at: number;
  /** Bins of a thread, and how many there is room for. */
  readonly words: number;
  readonly room: number;
  readonly all: Uint32Array;
  /** By thread. */
  readonly own: readonly Uint32Array[];
}

/**
 * The kernel as WebAssembly made for the scenario at hand: within a tick the world is fixed, so each law is a few tables of
 * bytes, and 16 agents look them up at once. Programs are made by the form of their tables and kept; a tick whose tables
 * have more rows than a byte can number is played by the plain kernel.
 */
export class CompiledKernel implements Kernel {
  readonly columns: Columns;
  readonly #space: StateSpace;
  readonly #bytes: SharedBytes;
  readonly #slots: Slots;
  readonly #plain: PlainKernel;
  readonly #team: Team;
  /** Words of a run. */
  readonly #words: number;
  readonly #shares: readonly Share[];
  readonly #bins: { acted?: BinRoom; moved?: BinRoom } = {};
  readonly #decided = new WeakMap<Decisions, DecisionTables>();
  readonly #programs = new Map<string, number>();
  readonly #forms = new Map<string, number>();
  readonly #shapes = new WeakMap<object, Numbered<unknown>>();

  /** @param threads at most, from the first tick on; default: as many as are worth it, once they have started */
  constructor(space: StateSpace, members: Uint32Array, seed: number, threads?: number) {
    this.#space = space;
    this.#slots = slotsOf(space);
    this.#words = runWords(space);
    this.#bytes = new SharedBytes(arrange(space, members).bytes);
    this.columns = columnsOf(space, members, (bytes) => this.#bytes.view(this.#bytes.allot(bytes), bytes));
    this.#plain = new PlainKernel(space, this.columns, seed);
    const team = threads ?? Math.floor(this.columns.places / PLACES_PER_THREAD);
    this.#team = new Team(this.#bytes.memory, team, threads !== undefined);
    this.#shares = this.#divide(streamKey(seed, 'agents'));
  }

  start(laws: readonly Cut<Law>[]): void {
    const moving = this.#moving({ tick: 0, laws });
    const shape: ProgramShape = { mode: 'start', ...moving.shape };
    if (!isEmittable(shape)) {
      this.#plain.start(laws);
      return;
    }
    this.#bytes.beginTables();
    moving.point();
    this.#run(shape, moving.key, 0);
  }

  count(plan: ActPlan): Bins {
    const acting = this.#acting(plan);
    const shape: ProgramShape = { mode: 'count', ...acting.shape };
    if (!isEmittable(shape)) return this.#plain.count(plan);
    this.#bytes.beginTables();
    acting.point();
    const stride = this.#clearBins('acted', acting.rows);
    this.#run(shape, acting.key, plan.tick);
    return { rows: acting.rows, stride, counts: this.#sumBins('acted') };
  }

  act(plan: ActPlan, decisions: Decisions): Bins {
    const acting = this.#acting(plan, decisions);
    const shape: ProgramShape = { mode: 'act', ...acting.shape };
    if (!isEmittable(shape)) return this.#plain.act(plan, decisions);
    this.#bytes.beginTables();
    acting.point();
    const stride = this.#clearBins('acted', acting.bins);
    this.#run(shape, acting.key, plan.tick);
    return { rows: acting.rows, stride, counts: this.#sumBins('acted') };
  }

  move(plan: MovePlan): Bins | undefined {
    const moving = this.#moving(plan);
    const shape: ProgramShape = { mode: 'move', ...moving.shape };
    if (!isEmittable(shape)) return this.#plain.move(plan);
    this.#bytes.beginTables();
    moving.point();
    const { rows } = moving;
    const stride = rows === undefined ? 0 : this.#clearBins('moved', rows);
    this.#run(shape, moving.key, plan.tick);
    return rows === undefined ? undefined : { rows, stride, counts: this.#sumBins('moved') };
  }

  play(toAct: ActPlan, toMove: MovePlan, decisions: Decisions): { readonly acted: Bins; readonly moved?: Bins } {
    const acting = this.#acting(toAct, decisions);
    const moving = this.#moving(toMove);
    const shape: ProgramShape = { mode: 'play', ...acting.shape, ...moving.shape };
    if (!isEmittable(shape)) return this.#plain.play(toAct, toMove, decisions);
    this.#bytes.beginTables();
    acting.point();
    moving.point();
    const stride = this.#clearBins('acted', acting.bins);
    const { rows } = moving;
    const movedStride = rows === undefined ? 0 : this.#clearBins('moved', rows);
    this.#run(shape, `${acting.key} ${moving.key}`, toAct.tick);
    return {
      acted: { rows: acting.rows, stride, counts: this.#sumBins('acted') },
      ...(rows !== undefined && { moved: { rows, stride: movedStride, counts: this.#sumBins('moved') } }),
    };
  }

  /** What a program needs to know of a tick's situations; `point` writes where their tables are. */
  #acting({ situations }: ActPlan, decisions?: Decisions) {
    const index = this.#indexShape(situations);
    const { rows } = index.shape;
    const decision = { rows, steps: this.#space.scenario.actions.length - 1 };
    return {
      rows,
      bins: rows * (decision.steps + 1),
      shape: { situations: index.shape, ...(decisions && { decision }) },
      key: `${index.form}`,
      point: () => {
        this.#point(run.situations, situations.of, this.#indices(situations, index));
        if (decisions) this.#point(run.decision, undefined, this.#decisions(decisions, decision));
      },
    };
  }

  /** What a program needs to know of a tick's laws; `point` writes where their tables are. */
  #moving({ laws, outcomes }: MovePlan) {
    const forms = laws.map((law) => this.#lawShape(law));
    const index = outcomes && this.#indexShape(outcomes);
    return {
      rows: index?.shape.rows,
      shape: { laws: forms.map(({ shape }) => shape), ...(index && { outcomes: index.shape }) },
      key: [...forms, ...(index ? [index] : [])].map(({ form }) => form).join(' '),
      point: () => {
        this.#pointLaws(laws, forms);
        if (outcomes) this.#point(run.outcomes, outcomes.of, this.#indices(outcomes, index!));
      },
    };
  }

  /** Equal shares of whole groups of agents, the same for the whole life of a run. */
  #divide(key: readonly [number, number]): Share[] {
    const { members, first, places, packing, states, actions } = this.columns;
    const made = this.columns.made.flatMap((column) => column ?? []);
    const threads = this.#team.size;
    return Array.from({ length: threads }, (_, t) => {
      const [from, to] = [t, t + 1].map((part) => GROUP * Math.floor((places / GROUP) * (part / threads)));
      const kinds = [...members.keys()].filter(
        (kind) => members[kind]! > 0 && first[kind]! < to! && first[kind]! + members[kind]! > from!,
      );
      const runsAt = this.#bytes.allot(4 * this.#words * Math.max(1, kinds.length));
      const runs = this.#bytes.words(runsAt, this.#words * kinds.length);
      kinds.forEach((kind, r) => {
        const begin = Math.max(from!, first[kind]!);
        const count = Math.min(to!, first[kind]! + members[kind]!) - begin;
        const groups = Math.ceil(count / GROUP);
        runs[r * this.#words + run.place] = begin;
        runs[r * this.#words + run.groups] = groups;
        runs[r * this.#words + run.lanes] = count - GROUP * (groups - 1);
      });
      const callWords = call.states + packing.planes + made.length;
      const callAt = this.#bytes.allot(4 * callWords);
      const words = this.#bytes.words(callAt, callWords);
      words[call.runs] = runsAt;
      words[call.count] = kinds.length;
      words[call.key0] = key[0];
      words[call.key1] = key[1];
      words[call.scratch] = this.#bytes.allot(SCRATCH_BYTES);
      words[call.actions] = actions.byteOffset;
      [...states, ...made].forEach((column, p) => (words[call.states + p] = column.byteOffset));
      return { kinds, runs, callAt, call: words };
    });
  }

  /** @param key different for different shapes of one mode */
  #run(shape: ProgramShape, key: string, tick: number): void {
    for (const share of this.#shares) share.call[call.tick] = tick;
    this.#team.play(
      this.#program(shape, `${shape.mode} ${key}`),
      this.#shares.map(({ kinds, callAt }) => (kinds.length > 0 ? callAt : 0)),
    );
  }

  #program(shape: ProgramShape, key: string): number {
    let program = this.#programs.get(key);
    if (program === undefined) {
      this.#programs.set(key, (program = this.#team.load(this.#module(shape))));
    }
    return program;
  }

  #module(shape: ProgramShape): object {
    const { scenario } = this.#space;
    const known = modules.get(scenario) ?? new Map<string, object>();
    modules.set(scenario, known);
    const key = JSON.stringify(shape);
    let module = known.get(key);
    if (!module) {
      const bytes = emitProgram(this.#space, this.columns.packing, this.#slots, shape);
      known.set(key, (module = new Module(bytes)));
    }
    return module;
  }

  /** Writes one word of every run: an address by its kind's slice, or by its kind. */
  #point(word: number, of: Uint32Array | undefined, addresses: ArrayLike<number>): void {
    for (const { kinds, runs } of this.#shares)
      for (let r = 0, at = word; r < kinds.length; r++, at += this.#words)
        runs[at] = addresses[of ? of[kinds[r]!]! : kinds[r]!]!;
  }

  /** Addresses of the decisions' tables, by kind. */
  #decisions(decisions: Decisions, shape: DrawsShape): Uint32Array {
    const { generation } = this.#bytes;
    const { revision, draws } = decisions;
    const known = this.#decided.get(decisions);
    const form = known?.shape.rows === shape.rows ? known.form : this.#formOf(shape);
    if (known?.revision === revision && known.form === form && known.generation === generation) return known.addresses;
    const { end } = drawsLayout(shape);
    const addresses = Uint32Array.from(draws, (own) => {
      const at = this.#bytes.table(own, form, end, () => {});
      writeDraws(shape, own, this.#bytes.view(at, end));
      return at;
    });
    this.#decided.set(decisions, { revision, form, generation, shape, addresses });
    return addresses;
  }

  #pointLaws(laws: readonly Cut<Law>[], forms: readonly Numbered<LawShape>[]): void {
    laws.forEach(({ of, slices }, f) => {
      const { shape, form } = forms[f]!;
      const index = indexLayout(this.#space, shape.index).end;
      const addresses = slices.map((law) =>
        this.#bytes.table(law, form, index + drawsLayout(shape.draws).end, (into) => {
          writeIndex(this.#space, this.columns, shape.index, law.classes, into);
          writeDraws(shape.draws, law.draws, into.subarray(index));
        }),
      );
      this.#point(run.laws + f, of, addresses);
    });
  }

  #indices(cut: Cut<{ readonly classes: Classes }>, { shape, form }: Numbered<IndexShape>): number[] {
    const { end } = indexLayout(this.#space, shape);
    return cut.slices.map(({ classes }) =>
      this.#bytes.table(classes, form, end, (into) => writeIndex(this.#space, this.columns, shape, classes, into)),
    );
  }

  /**
   * Room for so many bins a kind, all 0, for each thread; their addresses go into the runs.
   * @returns places of a kind: bins are added up four at a time
   */
  #clearBins(name: BinName, perKind: number): number {
    const stride = 4 * Math.ceil(perKind / 4);
    const words = this.columns.members.length * stride;
    let bins = this.#bins[name];
    if (!bins || bins.words !== words) {
      const at = bins && bins.room >= words ? bins.at : this.#bytes.allot(4 * words * this.#shares.length);
      const all = this.#bytes.words(at, words * this.#shares.length);
      const room = Math.max(words, bins?.room ?? 0);
      const own = this.#shares.map((_, t) => all.subarray(t * words, (t + 1) * words));
      this.#bins[name] = bins = { at, words, room, all, own };
    }
    bins.all.fill(0);
    this.#shares.forEach(({ kinds, runs }, t) => {
      const begin = bins.at + 4 * words * t;
      for (let r = 0, at: number = run[name]; r < kinds.length; r++, at += this.#words)
        runs[at] = begin + 4 * stride * kinds[r]!;
    });
    return stride;
  }

  /** The bins of all threads together, in those of the first. */
  #sumBins(name: BinName): Uint32Array {
    const [sum, ...others] = this.#bins[name]!.own;
    for (const own of others) for (let i = 0; i < own.length; i++) sum![i]! += own[i]!;
    return sum!;
  }

  #indexShape(cut: Cut<{ readonly classes: Classes }>): Numbered<IndexShape> {
    return this.#numbered(cut.slices, () =>
      indexShape(
        this.#space,
        this.columns,
        cut.slices.map(({ classes }) => classes),
      ),
    );
  }

  #lawShape({ slices }: Cut<Law>): Numbered<LawShape> {
    return this.#numbered(slices, () => {
      const index = indexShape(
        this.#space,
        this.columns,
        slices.map(({ classes }) => classes),
      );
      return { index, draws: { rows: index.rows, steps: drawsShape(slices.map(({ draws }) => draws)).steps } };
    });
  }

  #numbered<S>(slices: readonly unknown[], shapeOf: () => S): Numbered<S> {
    let known = this.#shapes.get(slices) as Numbered<S> | undefined;
    if (!known) {
      const shape = shapeOf();
      this.#shapes.set(slices, (known = { shape, form: this.#formOf(shape) }));
    }
    return known;
  }

  #formOf(shape: unknown): number {
    const key = JSON.stringify(shape);
    let form = this.#forms.get(key);
    if (form === undefined) this.#forms.set(key, (form = this.#forms.size));
    return form;
  }
}
