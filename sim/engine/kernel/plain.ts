import { ACTION_SLOT, AgentLuck, blockOf, kinds, type Slots, slotsOf } from '../../../env/agent-luck.ts';
import { philoxInto, streamKey } from '../../../env/random.ts';
import type { StateSpace } from '../../../env/state-space.ts';
import { type Columns, levelIn } from './columns.ts';
import { type Bins, type Decisions, type Kernel, mostRows } from './kernel.ts';
import type { Draws, Law } from './laws.ts';
import type { ActPlan, Cut, MovePlan } from './plan.ts';
import { actionAxis, type Classes } from './slice.ts';

/**
 * A row's number as a sum: of a part for each byte of the packed state, one for the action and one for each factor that
 * has moved already.
 */
export interface Parts {
  /** Shape [planes, 256]; empty if the state does not matter. */
  readonly now: Uint16Array;
  /** Shape [k]; empty if the action does not matter. */
  readonly action: Uint16Array;
  readonly next: readonly { readonly f: number; readonly part: Uint16Array }[];
}

/** A law as the inner loops read it. */
interface Step {
  readonly parts: Parts;
  readonly draws: Draws;
  /** The draws by byte, if that is quicker. */
  readonly byByte: Uint8Array | undefined;
  readonly slot: number;
  readonly plane: number;
  readonly shift: number;
  /** Shape [places]: the levels, where they are not drawn. */
  readonly made?: Uint8Array;
}

/** Agents that are played together, column by column; a multiple of 4. */
const BATCH = 64;

/** The kernel in TypeScript: what others are checked against, and what runs where they do not. */
export class PlainKernel implements Kernel {
  readonly #space: StateSpace;
  readonly columns: Columns;
  readonly #slots: Slots;
  readonly #luck: AgentLuck;
  readonly #key: readonly [number, number];
  readonly #parts = new WeakMap<Classes, Parts>();
  readonly #byByte = new WeakMap<Draws, Uint8Array>();
  /** By block of four slots: the words of luck of the agents at hand, four of them after the other. */
  readonly #high: readonly Uint32Array[];
  /** By agent factor, shape [BATCH]: the levels that they move to. */
  readonly #levels: readonly Uint8Array[];
  readonly #rows = new Int32Array(BATCH);
  readonly #acting = new Uint8Array(BATCH);
  readonly #words = new Uint32Array(4);

  constructor(space: StateSpace, columns: Columns, seed: number) {
    this.#space = space;
    this.columns = columns;
    this.#slots = slotsOf(space);
    this.#luck = new AgentLuck(seed);
    this.#key = streamKey(seed, 'agents');
    const batches = (n: number) => Array.from({ length: n }, () => new Uint8Array(BATCH));
    this.#high = Array.from({ length: Math.ceil((space.agent.length + 1) / 4) }, () => new Uint32Array(BATCH));
    this.#levels = batches(space.agent.length);
  }

  start(laws: readonly Cut<Law>[]): void {
    const steps = this.#stepsBySlice(laws, this.#slots.start);
    this.#forEachKind((kind) => {
      const own = stepsOf(steps, laws, kind);
      const blocks = blocksIn(own);
      return (place, n) => {
        this.#drawHigh(place, n, 0, blocks, kinds.startHigh);
        this.#move(own, place, n, 0, kinds.startLow);
      };
    });
  }

  count({ situations }: ActPlan): Bins {
    const bins = emptyBins(this.columns.members.length, mostRows(situations), 1);
    this.#forEachKind((kind) => {
      const situation = this.#partsOf(situations.slices[situations.of[kind]!]!.classes);
      return (place, n) => {
        const rows = this.#rowsOf(situation, place, n);
        for (let i = 0; i < n; i++) bins.counts[kind * bins.stride + rows[i]!]!++;
      };
    });
    return bins;
  }

  act(acting: ActPlan, decisions: Decisions): Bins {
    const acted = this.#emptyActed(acting);
    this.#forEachKind((kind) => {
      const act = this.#act(kind, acting, decisions, acted);
      return (place, n) => {
        this.#drawHigh(place, n, acting.tick, ACTION_BLOCKS, kinds.high);
        act(place, n);
      };
    });
    return acted;
  }

  move(moving: MovePlan): Bins | undefined {
    const moved = this.#emptyMoved(moving);
    const steps = this.#stepsBySlice(moving.laws, this.#slots.next);
    const { actions } = this.columns;
    this.#forEachKind((kind) => {
      const own = stepsOf(steps, moving.laws, kind);
      const blocks = blocksIn(own);
      const move = this.#moveOn(kind, own, moving, moved);
      return (place, n) => {
        this.#drawHigh(place, n, moving.tick, blocks, kinds.high);
        for (let i = 0; i < n; i++) this.#acting[i] = actions[place + i]!;
        move(place, n);
      };
    });
    return moved;
  }

  /** Acts and moves on batch by batch, with the same luck drawn once. */
  play(acting: ActPlan, moving: MovePlan, decisions: Decisions) {
    const acted = this.#emptyActed(acting);
    const moved = this.#emptyMoved(moving);
    const steps = this.#stepsBySlice(moving.laws, this.#slots.next);
    this.#forEachKind((kind) => {
      const own = stepsOf(steps, moving.laws, kind);
      const blocks = [...new Set([...ACTION_BLOCKS, ...blocksIn(own)])];
      const act = this.#act(kind, acting, decisions, acted);
      const move = this.#moveOn(kind, own, moving, moved);
      return (place, n) => {
        this.#drawHigh(place, n, acting.tick, blocks, kinds.high);
        act(place, n);
        move(place, n);
      };
    });
    return { acted, ...(moved && { moved }) };
  }

  #emptyActed({ situations }: ActPlan): Bins {
    return emptyBins(this.columns.members.length, mostRows(situations), this.#space.scenario.actions.length);
  }

  #emptyMoved({ outcomes }: MovePlan): Bins | undefined {
    return outcomes && emptyBins(this.columns.members.length, mostRows(outcomes), 1);
  }

  /** What agents of a kind do in a batch whose luck is drawn. */
  #act(kind: number, { tick, situations }: ActPlan, decisions: Decisions, acted: Bins) {
    const { actions } = this.columns;
    const acting = this.#acting;
    const situation = this.#partsOf(situations.slices[situations.of[kind]!]!.classes);
    const draws = decisions.draws[kind]!;
    const from = kind * acted.stride;
    return (place: number, n: number): void => {
      const rows = this.#rowsOf(situation, place, n);
      this.#draw(draws, rows, ACTION_SLOT, place, n, tick, kinds.low, acting);
      for (let i = 0; i < n; i++) {
        actions[place + i] = acting[i]!;
        acted.counts[from + acting[i]! * acted.rows + rows[i]!]!++;
      }
    };
  }

  /** What becomes of agents of a kind in a batch whose luck is drawn and whose actions are at hand. */
  #moveOn(kind: number, steps: readonly Step[], { tick, outcomes }: MovePlan, moved: Bins | undefined) {
    const outcome = outcomes && this.#partsOf(outcomes.slices[outcomes.of[kind]!]!.classes);
    return (place: number, n: number): void => {
      const reached = this.#move(steps, place, n, tick, kinds.low, outcome);
      if (moved) for (let i = 0; i < n; i++) moved.counts[kind * moved.stride + reached[i]!]!++;
    };
  }

  /** Visits agents of one kind after the other, up to BATCH at a time. */
  #forEachKind(visitorOf: (kind: number) => (place: number, n: number) => void): void {
    const { members, first } = this.columns;
    for (let kind = 0; kind < members.length; kind++) {
      if (members[kind] === 0) continue;
      const visit = visitorOf(kind);
      for (let done = 0; done < members[kind]!; done += BATCH)
        visit(first[kind]! + done, Math.min(BATCH, members[kind]! - done));
    }
  }

  /** Moves agents on; the rows of their outcomes. */
  #move(steps: readonly Step[], place: number, n: number, tick: number, low: 1 | 3, outcome: Parts = NOTHING) {
    const { states } = this.columns;
    for (let f = 0; f < steps.length; f++) {
      const { parts, draws, byByte, slot, made } = steps[f]!;
      const levels = this.#levels[f]!;
      if (made) {
        levels.set(made.subarray(place, place + n));
        continue;
      }
      const rows = this.#rowsOf(parts, place, n);
      if (byByte) this.#drawByByte(byByte, draws, rows, slot, place, n, tick, low, levels);
      else this.#draw(draws, rows, slot, place, n, tick, low, levels);
    }
    const reached = this.#rowsOf(outcome, place, n);
    for (const state of states) state.fill(0, place, place + n);
    for (let f = 0; f < steps.length; f++) {
      const { shift, plane } = steps[f]!;
      const state = states[plane]!;
      const levels = this.#levels[f]!;
      for (let i = 0; i < n; i++) state[place + i]! |= levels[i]! << shift;
    }
    return reached;
  }

  /** Numbers agents' rows; valid until the next call. */
  #rowsOf({ now, action, next }: Parts, place: number, n: number): Int32Array {
    const { states } = this.columns;
    const rows = this.#rows;
    if (now.length === 0) rows.fill(0);
    for (let plane = 0, at = 0; at < now.length; plane++, at += 256) {
      const state = states[plane]!;
      if (plane === 0) for (let i = 0; i < n; i++) rows[i] = now[state[place + i]!]!;
      else for (let i = 0; i < n; i++) rows[i]! += now[at + state[place + i]!]!;
    }
    if (action.length > 0) {
      const acting = this.#acting;
      for (let i = 0; i < n; i++) rows[i]! += action[acting[i]!]!;
    }
    for (let t = 0; t < next.length; t++) {
      const { f, part } = next[t]!;
      const levels = this.#levels[f]!;
      for (let i = 0; i < n; i++) rows[i]! += part[levels[i]!]!;
    }
    return rows;
  }

  #draw(
    { steps, top, thresholds }: Draws,
    rows: Int32Array,
    slot: number,
    place: number,
    n: number,
    tick: number,
    low: 1 | 3,
    into: Uint8Array,
  ): void {
    if (steps === 0) {
      for (let i = 0; i < n; i++) into[i] = top[rows[i]!]!;
      return;
    }
    const words = this.#high[slot >> 2]!;
    const word = slot & 3;
    for (let i = 0; i < n; i++) {
      const row = rows[i]!;
      const byte = (words[(i & ~3) + word]! >>> ((i & 3) << 3)) & 0xff;
      let level = top[row]!;
      for (let step = 0, at = row * steps; step < steps; step++, at++) {
        // Less than 0 if the byte lies below: counted without a branch, which would be guessed wrong half of the time.
        const above = byte - (thresholds[at]! >>> 8);
        level -= above >>> 31;
        if (above === 0 && this.#luck.byte(place + i, tick, slot, low) <= (thresholds[at]! & 0xff)) level--;
      }
      into[i] = level;
    }
  }

  /** The same draws, looked up. */
  #drawByByte(
    byByte: Uint8Array,
    draws: Draws,
    rows: Int32Array,
    slot: number,
    place: number,
    n: number,
    tick: number,
    low: 1 | 3,
    into: Uint8Array,
  ): void {
    const words = this.#high[slot >> 2]!;
    const word = slot & 3;
    for (let i = 0; i < n; i++) {
      const row = rows[i]!;
      const byte = (words[(i & ~3) + word]! >>> ((i & 3) << 3)) & 0xff;
      const level = byByte[(row << 8) + byte]!;
      into[i] = level === OPEN ? levelOf(draws, row, byte, this.#luck.byte(place + i, tick, slot, low)) : level;
    }
  }

  /** Draws the high bytes of agents in some blocks of four slots. */
  #drawHigh(place: number, n: number, tick: number, blocks: readonly number[], kind: 0 | 2): void {
    const [key0, key1] = this.#key;
    const drawn = this.#words;
    for (const block of blocks) {
      const third = blockOf(4 * block, kind);
      const words = this.#high[block]!;
      for (let i = 0; i < n; i += 4) {
        philoxInto(drawn, (place + i) >>> 2, tick, third, 0, key0, key1);
        words[i] = drawn[0]!;
        words[i + 1] = drawn[1]!;
        words[i + 2] = drawn[2]!;
        words[i + 3] = drawn[3]!;
      }
    }
  }

  /** By agent factor, then slice. */
  #stepsBySlice(laws: readonly Cut<Law>[], slots: readonly number[]): Step[][] {
    return laws.map(({ slices }, f) => {
      const { plane, shift } = this.columns.packing.fields[f]!;
      const made = slots === this.#slots.next ? this.columns.made[f] : undefined;
      return slices.map(({ classes, draws }) => ({
        parts: this.#partsOf(classes),
        draws,
        byByte: this.#byByteOf(draws),
        slot: slots[f]!,
        plane,
        shift,
        ...(made && { made }),
      }));
    });
  }

  #byByteOf(draws: Draws): Uint8Array | undefined {
    if (draws.steps === 0 || this.columns.states[0]!.length < LOOKED_UP_FROM || draws.top.length > 256)
      return undefined;
    let known = this.#byByte.get(draws);
    if (!known) this.#byByte.set(draws, (known = byByteOf(draws)));
    return known;
  }

  #partsOf(classes: Classes): Parts {
    let parts = this.#parts.get(classes);
    if (!parts) this.#parts.set(classes, (parts = partsOf(this.#space, this.columns, classes)));
    return parts;
  }
}

/** Of each population: the parts of the classes that its agents were numbered by. */
const observedParts = new WeakMap<Columns, Map<Classes, Parts>>();

/** By plane, shape [planes, 256]: what each byte of a state adds to the row, of classes over states; empty if they do not matter. */
export function partsNow(space: StateSpace, columns: Columns, classes: Classes): Uint16Array {
  const known = observedParts.get(columns) ?? new Map<Classes, Parts>();
  observedParts.set(columns, known);
  const parts = known.get(classes) ?? partsOf(space, columns, classes);
  known.set(classes, parts);
  return parts.now;
}

/** The rows of agents of one kind that stand together, of classes over their states. */
export function rowsOf(
  space: StateSpace,
  columns: Columns,
  classes: Classes,
  place: number,
  count: number,
): Uint16Array {
  const now = partsNow(space, columns, classes);
  const rows = new Uint16Array(count);
  for (let plane = 0, at = 0; at < now.length; plane++, at += 256) {
    const state = columns.states[plane]!;
    for (let i = 0; i < count; i++) rows[i]! += now[at + state[place + i]!]!;
  }
  return rows;
}

/** Blocks of luck that decide on actions. */
const ACTION_BLOCKS = [ACTION_SLOT >> 2];

/** In place of a level that the low byte decides. */
const OPEN = 255;

/** Agents for whom it pays to tabulate draws. */
const LOOKED_UP_FROM = 2 ** 12;

/** Shape [rows, 256]: the level that a high byte picks, or OPEN. */
function byByteOf(draws: Draws): Uint8Array {
  const { steps, top, thresholds } = draws;
  const levels = new Uint8Array(256 * top.length);
  for (let row = 0; row < top.length; row++) {
    for (let byte = 0; byte < 256; byte++) levels[256 * row + byte] = levelOf(draws, row, byte, 0);
    for (let at = row * steps; at < (row + 1) * steps; at++) levels[256 * row + (thresholds[at]! >>> 8)] = OPEN;
  }
  return levels;
}

/** The level that both bytes pick in a row. */
function levelOf({ steps, top, thresholds }: Draws, row: number, high: number, low: number): number {
  let level = top[row]!;
  for (let at = row * steps; at < (row + 1) * steps; at++) if (256 * high + low <= thresholds[at]!) level--;
  return level;
}

const NOTHING: Parts = { now: new Uint16Array(0), action: new Uint16Array(0), next: [] };

export function partsOf(space: StateSpace, { packing }: Columns, classes: Classes): Parts {
  const action = actionAxis(space);
  const now = new Uint16Array(classes.axes.some((axis) => axis < action) ? 256 * packing.planes : 0);
  let byAction: Uint16Array = new Uint16Array(0);
  const next: { f: number; part: Uint16Array }[] = [];
  classes.axes.forEach((axis, i) => {
    const part = classes.parts[i]!;
    if (axis > action) next.push({ f: axis - action - 1, part });
    else if (axis === action) byAction = part;
    else
      for (let byte = 0; byte < 256; byte++)
        now[256 * packing.fields[axis]!.plane + byte]! += part[levelIn(packing, axis, byte)] ?? 0;
  });
  return { now, action: byAction, next };
}

const stepsOf = (steps: readonly (readonly Step[])[], laws: readonly Cut<Law>[], kind: number): Step[] =>
  steps.map((slices, f) => slices[laws[f]!.of[kind]!]!);

const emptyBins = (kinds: number, rows: number, actions: number): Bins => ({
  rows,
  stride: rows * actions,
  counts: new Uint32Array(kinds * rows * actions),
});

/** Blocks of four slots in which some laws leave something to chance. */
const blocksIn = (steps: readonly Step[]): number[] => [
  ...new Set(steps.flatMap(({ draws, slot }) => (draws.steps > 0 ? [slot >> 2] : []))),
];
