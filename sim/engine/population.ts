import type { Network } from '../../env/network/network.ts';
import { drawPeople, type Peopling } from '../../env/people.ts';
import type { StateSpace } from '../../env/state-space.ts';
import { type Arms, type Exception, Redrawn, type Stand } from './arms.ts';
import { arrange, type Columns, codeAt, columnsOf, levelIn } from './kernel/columns.ts';
import { CompiledKernel } from './kernel/compiled.ts';
import type { Bins, Decisions, Kernel } from './kernel/kernel.ts';
import type { Law } from './kernel/laws.ts';
import { PlainKernel, partsNow, rowsOf } from './kernel/plain.ts';
import type { ActPlan, Cut } from './kernel/plan.ts';
import { Neighbourhood } from './neighbourhood.ts';
import { requireRoom, requireSingle, requireStateOf } from './size.ts';

/** Places from which on a day is played sooner by a kernel that has to be compiled first. */
const COMPILED_FROM = 4096;

/** The agents of one kind. The columns are those that the run goes on with: to be read, before its next tick. */
export interface AgentGroup {
  readonly kind: number;
  /** Number of its first agent; the others follow. */
  readonly agent: number;
  /** By plane, shape [agents]: bytes of state. */
  readonly states: readonly Uint8Array[];
  /** Shape [agents]: actions of the last tick played. */
  readonly actions: Uint8Array;
}

/** What everybody observes. */
export interface Observing {
  /** Distinct sets of phrases that somebody observes. */
  readonly masks: Uint32Array;
  /** Shape [agents]: which of them; two bytes each if 65,536 are enough. */
  readonly of: Uint16Array | Uint32Array;
}

export interface PopulationOptions {
  readonly people?: Peopling;
  /** In which they are neighbours, of as many nodes as there are agents. */
  readonly network?: Network;
  /** Populations of the scenario that were played before: what is compiled serves them all. */
  readonly before?: number;
}

/** Single agents, numbered by kind: those of the first trait set, then those of the second, and so on. */
export class Population {
  readonly agents: number;
  readonly traitSets: Uint32Array;
  readonly #space: StateSpace;
  readonly #kernel: Kernel;
  /** By kind: its first agent; then their number. */
  readonly #firstAgent: Uint32Array;
  readonly #neighbourhood: Neighbourhood | undefined;
  readonly #redrawn: Redrawn;

  constructor(
    space: StateSpace,
    agents: number,
    seed: number,
    { people, network, before = 0 }: PopulationOptions = {},
  ) {
    requireSingle(agents);
    const { sets, members } = drawPeople(space, seed, agents, people);
    const { bytes, places } = arrange(space, members);
    requireRoom(agents, bytes);
    this.agents = agents;
    this.traitSets = sets;
    this.#space = space;
    this.#redrawn = new Redrawn(seed);
    this.#kernel =
      places * (1 + before) < COMPILED_FROM
        ? new PlainKernel(space, columnsOf(space, members), seed)
        : new CompiledKernel(space, members, seed);
    this.#firstAgent = new Uint32Array(members.length + 1);
    members.forEach((count, kind) => (this.#firstAgent[kind + 1] = this.#firstAgent[kind]! + count));
    this.#neighbourhood = network && new Neighbourhood(space, this.#columns, network, seed);
  }

  /** Draws everybody's first state. @param laws by agent factor */
  start(laws: readonly Cut<Law>[]): void {
    this.#kernel.start(laws);
  }

  /** After everybody acted, before they move on: has the neighbours of each make what it reads of them. */
  meet({ situations }: ActPlan): void {
    this.#neighbourhood?.make(situations);
  }

  /** What counts the agents by situation, has them act and moves them on. */
  get kernel(): Omit<Kernel, 'start' | 'columns'> {
    return this.#kernel;
  }

  /** Of each kind in turn: its states, byte by byte, and its last actions. */
  get columns(): Iterable<Uint8Array> {
    const { states, actions } = this.#columns;
    return this.#byKind((from, to) => [...states, actions].map((column) => column.subarray(from, to)));
  }

  /**
   * Takes over the state of another population of the same people.
   * @param state its columns, one after the other
   * @throws {UnderstudyError} SIMULATION_SNAPSHOT for columns of other sizes; nothing is changed then
   */
  restore(state: Uint8Array): void {
    const { states } = this.#columns;
    requireStateOf((states.length + 1) * this.agents, state);
    let at = 0;
    for (const column of this.columns) column.set(state.subarray(at, (at += column.length)));
  }

  /** The agents of each kind, in the order of their numbers. */
  *groups(): Generator<AgentGroup> {
    const { members, first, states, actions } = this.#columns;
    for (let kind = 0; kind < members.length; kind++) {
      const [from, to] = [first[kind]!, first[kind]! + members[kind]!];
      yield {
        kind,
        agent: this.#firstAgent[kind]!,
        states: states.map((column) => column.subarray(from, to)),
        actions: actions.subarray(from, to),
      };
    }
  }

  /** Level index of a factor in one agent's bytes of state. */
  levelOf(f: number, state: ArrayLike<number>): number {
    const { packing } = this.#columns;
    return levelIn(packing, f, state[packing.fields[f]!.plane]!);
  }

  /** Where the agents of each kind stand. */
  *stands(): Generator<Stand> {
    const { members, first } = this.#columns;
    for (let kind = 0; kind < members.length; kind++)
      yield { kind, agent: this.#firstAgent[kind]!, place: first[kind]!, count: members[kind]! };
  }

  /**
   * Counts by situation, as the kernel counts them, by arm.
   * @returns bins of shape [rows] a kind
   */
  countByArm(plan: ActPlan, arms: Arms): Bins[] {
    const { rows, stride, counts } = this.#kernel.count(plan);
    const parts = arms.share(counts, stride);
    this.#forEachException(plan, arms, ({ kind, arm }, rowsIn) => {
      const [from, to] = [parts[arms.main[kind]!]!, parts[arm]!];
      for (let i = 0, first = kind * stride; i < rowsIn.length; i++) {
        from[first + rowsIn[i]!]!--;
        to[first + rowsIn[i]!]!++;
      }
    });
    return parts.map((part) => ({ rows, stride, counts: part }));
  }

  /**
   * Has everybody act, each under its arm, by the same luck as if all were under one.
   * @param decisions by arm; where an arm touches nobody of a kind, its draws are not read
   * @returns by arm: bins of situations, shape [k, rows] a kind
   */
  actByArm(plan: ActPlan, arms: Arms, decisions: readonly Decisions[]): Bins[] {
    const mains = Array.from(arms.main, (arm, kind) => decisions[arm]!.draws[kind]!);
    const { rows, stride, counts } = this.#kernel.act(plan, { draws: mains, revision: 0 });
    const parts = arms.share(counts, stride);
    const { actions } = this.#columns;
    this.#forEachException(plan, arms, ({ kind, arm, place, offsets }, rowsIn) => {
      const [from, to] = [parts[arms.main[kind]!]!, parts[arm]!];
      const draws = decisions[arm]!.draws[kind]!;
      for (let i = 0; i < offsets.length; i++) {
        const [row, own] = [rowsIn[i]!, place + offsets[i]!];
        const at = kind * stride + row;
        from[at + actions[own]! * rows]!--;
        const action = this.#redrawn.action(draws, row, own, plan.tick);
        actions[own] = action;
        to[at + action * rows]!++;
      }
    });
    return parts.map((part) => ({ rows, stride, counts: part }));
  }

  /** Visits the exceptions, each with the situations of its agents: shape of offsets. */
  #forEachException(
    { situations }: ActPlan,
    { exceptions }: Arms,
    visit: (exception: Exception, rows: Uint16Array) => void,
  ): void {
    const { states } = this.#columns;
    for (const exception of exceptions) {
      const { kind, place, offsets } = exception;
      const now = partsNow(this.#space, this.#columns, situations.slices[situations.of[kind]!]!.classes);
      const rows = new Uint16Array(offsets.length);
      for (let plane = 0, at = 0; at < now.length; plane++, at += 256) {
        const state = states[plane]!;
        for (let i = 0; i < offsets.length; i++) rows[i]! += now[at + state[place + offsets[i]!]!]!;
      }
      visit(exception, rows);
    }
  }

  /** Which kind an agent is of. */
  kindOf(agent: number): number {
    let low = 0;
    let high = this.traitSets.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#firstAgent[middle]! <= agent) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** The place of an agent in the columns, which is also whose luck it has. */
  placeOf(agent: number): number {
    const kind = this.kindOf(agent);
    return this.#columns.first[kind]! + agent - this.#firstAgent[kind]!;
  }

  /** Joint code of an agent's factors. */
  codeOf(agent: number): number {
    return codeAt(this.#space, this.#columns, this.placeOf(agent));
  }

  actionOf(agent: number): number {
    return this.#columns.actions[this.placeOf(agent)]!;
  }

  /** A copy of everybody's state, by plane: what `codes` reads of a tick that is over. */
  get statesNow(): readonly Uint8Array[] {
    return this.#columns.states.map((column) => column.slice());
  }

  /** Shape [agents]: levels of one agent factor, which has at most 256. */
  levels(f: number): Uint8Array {
    const { packing, states } = this.#columns;
    const table = Uint8Array.from({ length: 256 }, (_, byte) => levelIn(packing, f, byte));
    const state = states[packing.fields[f]!.plane]!;
    const levels = new Uint8Array(this.agents);
    this.#forEachKind((_, agent, place, count) => {
      for (let i = 0; i < count; i++) levels[agent + i] = table[state[place + i]!]!;
    });
    return levels;
  }

  /** Shape [agents]: joint codes of the agent factors. */
  codes(states = this.#columns.states): Uint32Array {
    const { packing } = this.#columns;
    const codes = new Uint32Array(this.agents);
    this.#space.agent.forEach(({ factor }, f) => {
      const levels = Uint8Array.from({ length: 256 }, (_, byte) => levelIn(packing, f, byte));
      const state = states[packing.fields[f]!.plane]!;
      const size = factor.levels.length;
      this.#forEachKind((_, agent, place, count) => {
        for (let i = 0; i < count; i++) codes[agent + i] = codes[agent + i]! * size + levels[state[place + i]!]!;
      });
    });
    return codes;
  }

  /** Shape [agents]: actions of the last tick played. */
  actions(): Uint8Array {
    const actions = new Uint8Array(this.agents);
    this.#forEachKind((_, agent, place, count) =>
      actions.set(this.#columns.actions.subarray(place, place + count), agent),
    );
    return actions;
  }

  /** Shape [agents]: index of each agent's trait set. */
  kinds(): Uint16Array | Uint32Array {
    const kinds = new (this.traitSets.length <= 2 ** 16 ? Uint16Array : Uint32Array)(this.agents);
    this.#forEachKind((kind, agent, _, count) => kinds.fill(kind, agent, agent + count));
    return kinds;
  }

  /** Shape [agents]: the sets of phrases that they observe. */
  masks({ situations }: ActPlan): Uint32Array {
    const { sets } = this.#space.scenario;
    const masks = new Uint32Array(this.agents);
    this.#forEachKind((kind, agent, place, count) => {
      const { classes, contexts } = situations.slices[situations.of[kind]!]!;
      const seen = contexts.map((held) => sets.union(this.traitSets[kind]!, held));
      rowsOf(this.#space, this.#columns, classes, place, count).forEach((row, i) => (masks[agent + i] = seen[row]!));
    });
    return masks;
  }

  /** What everybody observes: the distinct sets of phrases, and which of them each agent does. */
  observing({ situations }: ActPlan): Observing {
    const { sets } = this.#space.scenario;
    const numbers = new Map<number, number>();
    const { members } = this.#columns;
    const most = members.reduce(
      (sum, count, kind) => sum + Math.min(count, situations.slices[situations.of[kind]!]!.classes.rows),
      0,
    );
    let of: Observing['of'] = new (most > 2 ** 16 ? Uint32Array : Uint16Array)(this.agents);
    this.#forEachKind((kind, agent, place, count) => {
      const { classes, contexts } = situations.slices[situations.of[kind]!]!;
      const numberOf = new Int32Array(contexts.length).fill(-1);
      const rows = rowsOf(this.#space, this.#columns, classes, place, count);
      for (let i = 0; i < count; i++) {
        const row = rows[i]!;
        if (numberOf[row]! < 0) {
          const mask = sets.union(this.traitSets[kind]!, contexts[row]!);
          if (!numbers.has(mask)) numbers.set(mask, numbers.size);
          numberOf[row] = numbers.get(mask)!;
        }
        of[agent + i] = numberOf[row]!;
      }
    });
    if (most > 2 ** 16 && numbers.size <= 2 ** 16) of = Uint16Array.from(of);
    return { masks: Uint32Array.from(numbers.keys()), of };
  }

  /** How many agents took another action in the last tick than their counterparts in a population of the same people. */
  differing(other: Population): number {
    const [own, others] = [this.#columns.actions, other.#columns.actions];
    let differing = 0;
    this.#forEachKind((_, _agent, place, count) => {
      for (let i = place; i < place + count; i++) if (own[i] !== others[i]) differing++;
    });
    return differing;
  }

  /**
   * Which situation agents are in whose counterparts in a population of the same people are in the same state, see the same
   * and may do the same.
   * @param plan, otherPlan what each population is to decide on
   * @param into written: shape [agents], the row of the situation plus 1, and 0 for agents whose counterparts are elsewhere
   */
  agreement(plan: ActPlan, other: Population, otherPlan: ActPlan, into: Uint32Array): void {
    const [own, others] = [this.#columns.states, other.#columns.states];
    this.#forEachKind((kind, agent, place, count) => {
      const slice = plan.situations.slices[plan.situations.of[kind]!]!;
      const otherSlice = otherPlan.situations.slices[otherPlan.situations.of[kind]!]!;
      const rows = rowsOf(this.#space, this.#columns, slice.classes, place, count);
      const otherRows = rowsOf(this.#space, other.#columns, otherSlice.classes, place, count);
      const k = this.#space.scenario.actions.length;
      const alike = new Map<number, boolean>();
      const isAlike = (row: number, otherRow: number): boolean => {
        const key = row * otherSlice.classes.rows + otherRow;
        let same = alike.get(key);
        if (same === undefined) {
          same = slice.contexts[row] === otherSlice.contexts[otherRow];
          for (let a = 0; a < k; a++) same &&= slice.allowed[row * k + a] === otherSlice.allowed[otherRow * k + a];
          alike.set(key, same);
        }
        return same;
      };
      for (let i = 0; i < count; i++) {
        let same = true;
        for (let p = 0; p < own.length; p++) same &&= own[p]![place + i] === others[p]![place + i];
        into[agent + i] = same && isAlike(rows[i]!, otherRows[i]!) ? rows[i]! + 1 : 0;
      }
    });
  }

  get #columns(): Columns {
    return this.#kernel.columns;
  }

  #forEachKind(visit: (kind: number, agent: number, place: number, count: number) => void): void {
    const { members, first } = this.#columns;
    members.forEach((count, kind) => visit(kind, this.#firstAgent[kind]!, first[kind]!, count));
  }

  *#byKind<T>(parts: (from: number, to: number) => T[]): Generator<T> {
    const { members, first } = this.#columns;
    for (let kind = 0; kind < members.length; kind++) yield* parts(first[kind]!, first[kind]! + members[kind]!);
  }
}
