import { crowdPlace, settleCrowd } from '../../../env/crowd-slots.ts';
import { contextsIn, type Lookup, look, type StateSpace } from '../../../env/state-space.ts';
import { actionAxis, type Classes, classesOf, representativesOf, slotOfAxis } from './slice.ts';

/**
 * Draws by row: with a 16-bit uniform u the result is top − #{steps whose threshold is u or more}. A threshold is a
 * cumulative weight less 1, so that a level of weight 0 is never drawn and one of weight 65,536 always is.
 */
export interface Draws {
  readonly rows: number;
  /** Thresholds of a row; 0 if nothing is left to chance. */
  readonly steps: number;
  /** Shape [rows]. */
  readonly top: Uint8Array;
  /** Shape [rows, steps]; 65,535 for a step that every uniform takes. */
  readonly thresholds: Uint16Array;
}

export function emptyDraws(rows: number, steps: number): Draws {
  return { rows, steps, top: new Uint8Array(rows), thresholds: new Uint16Array(rows * steps) };
}

/** @param weights out of 65,536, with `steps` or fewer levels between the first and the last possible one */
export function writeDraw({ steps, top, thresholds }: Draws, row: number, weights: ArrayLike<number>): void {
  const [first, last] = possible(weights);
  top[row] = first + steps;
  for (let j = 0, below = 0; j < steps; j++) {
    below += first + j < last ? weights[first + j]! : 0;
    thresholds[row * steps + j] = first + j < last ? below - 1 : 65535;
  }
}

function possible(weights: ArrayLike<number>): [number, number] {
  let first = 0;
  while (weights[first] === 0) first++;
  let last = weights.length - 1;
  while (weights[last] === 0) last--;
  return [first, last];
}

/** How one agent factor moves on in a tick, by classes of what it depends on. */
export interface Law {
  readonly classes: Classes;
  readonly draws: Draws;
}

/** @param values holds the levels of what is fixed; its other slots are written */
export function lawOf(space: StateSpace, lookup: Lookup<Uint32Array>, values: Int32Array): Law {
  const classes = classesOf(space, [lookup], values, () => true)!;
  const weights: Uint32Array[] = [];
  forEachRow(space, classes, values, () => weights.push(look(lookup, values)));
  const steps = Math.max(
    ...weights.map((row) => {
      const [first, last] = possible(row);
      return last - first;
    }),
  );
  const draws = emptyDraws(classes.rows, steps);
  weights.forEach((row, r) => writeDraw(draws, r, row));
  return { classes, draws };
}

/** What a tick tells apart before anybody acts: what agents see, may do, and count for. */
export interface Situations {
  readonly classes: Classes;
  /** Shape [rows]: the sets of contexts that hold. */
  readonly contexts: Uint32Array;
  /** Shape [rows]: a number for each of those sets, from 0. */
  readonly views: Uint16Array;
  /** Shape [rows, k]: 1 where an action is allowed. */
  readonly allowed: Uint8Array;
  /** For each amount, shape [k, rows]: its value. */
  readonly amounts: readonly Float64Array[];
  /** By crowd factor. */
  readonly crowd: readonly CrowdPart[];
  /** By agent factor that neighbours make, shape [k, rows]: 1 if an agent is counted who takes the action. */
  readonly neighbours: readonly Uint8Array[];
}

/** What a crowd factor counts in each situation. */
export interface CrowdPart {
  /** Shape [rows]: the place where agents are, among those of all crowd factors. */
  readonly places: Uint32Array;
  /** Shape [k, rows]: 1 if an agent is counted who takes the action. */
  readonly counted: Uint8Array;
}

/**
 * @param amounts tables that do not read the state that an agent moves to
 * @returns undefined for more than 65,536 situations
 */
export function situationsOf(
  space: StateSpace,
  amounts: readonly Lookup<number>[],
  values: Int32Array,
): Situations | undefined {
  const k = space.scenario.actions.length;
  const tables = [...space.observe, ...space.allowed, ...amounts, ...crowdTables(space)];
  const classes = classesOf(space, tables, values, (axis) => axis < actionAxis(space));
  if (!classes) return undefined;
  const contexts = new Uint32Array(classes.rows);
  const allowed = new Uint8Array(classes.rows * k);
  const byAmount = amounts.map(() => new Float64Array(classes.rows * k));
  const crowd = space.crowd.map(() => ({
    places: new Uint32Array(classes.rows),
    counted: new Uint8Array(classes.rows * k),
  }));
  const whose = space.agent.flatMap(({ counted }) => (counted ? [counted] : []));
  const neighbours = whose.map(() => new Uint8Array(classes.rows * k));
  forEachRow(space, classes, values, (row) => {
    contexts[row] = contextsIn(space, values);
    space.crowd.forEach((factor, c) => {
      crowd[c]!.places[row] = factor.first + crowdPlace(factor, values, space.agentNow);
    });
    for (let action = 0; action < k; action++) {
      allowed[row * k + action] = look(space.allowed[action]!, values) ? 1 : 0;
      values[space.action] = action;
      amounts.forEach((amount, i) => (byAmount[i]![action * classes.rows + row] = look(amount, values)));
      space.crowd.forEach(({ who }, c) => {
        crowd[c]!.counted[action * classes.rows + row] = look(who, values) ? 1 : 0;
      });
      whose.forEach((who, c) => (neighbours[c]![action * classes.rows + row] = look(who, values) ? 1 : 0));
    }
  });
  const distinct = [...new Set(contexts)];
  const views = Uint16Array.from(contexts, (held) => distinct.indexOf(held));
  return { classes, contexts, views, allowed, amounts: byAmount, crowd, neighbours };
}

/** What tells agents apart for the crowd and for their neighbours: whether they are counted, and where. */
const crowdTables = ({ agentNow, crowd, agent }: StateSpace): Lookup<unknown>[] => [
  ...agent.flatMap(({ counted }) => (counted ? [counted] : [])),
  ...crowd.flatMap(({ who, agentFactor }) => [
    who,
    ...(agentFactor === undefined
      ? []
      : [{ slots: [agentNow + agentFactor], strides: [1], rows: [...agent[agentFactor]!.factor.levels.keys()] }]),
  ]),
];

/** What a tick tells apart once everybody has moved: how much each agent's move is worth. */
export interface Outcomes {
  readonly classes: Classes;
  /** For each amount, shape [rows]. */
  readonly amounts: readonly Float64Array[];
}

/** @returns undefined for more than 65,536 outcomes */
export function outcomesOf(
  space: StateSpace,
  amounts: readonly Lookup<number>[],
  values: Int32Array,
): Outcomes | undefined {
  const classes = classesOf(space, amounts, values, () => true);
  if (!classes) return undefined;
  const byAmount = amounts.map(() => new Float64Array(classes.rows));
  forEachRow(space, classes, values, (row) =>
    amounts.forEach((amount, i) => (byAmount[i]![row] = look(amount, values))),
  );
  return { classes, amounts: byAmount };
}

/** Weights of the actions with what is not allowed given to the first. */
export function allowedWeights(weights: ArrayLike<number>, allowed: Uint8Array, row: number): Uint32Array {
  const k = weights.length;
  const masked = Uint32Array.from(weights);
  for (let a = 1; a < k; a++)
    if (allowed[row * k + a] === 0) {
      masked[0]! += masked[a]!;
      masked[a] = 0;
    }
  return masked;
}

/** Visits each row with levels that stand for it in the slots of its axes, and level 0 in those of the others. */
function forEachRow(space: StateSpace, classes: Classes, values: Int32Array, visit: (row: number) => void): void {
  const levels = representativesOf(classes);
  for (let f = 0; f < space.agent.length; f++) values[space.agentNow + f] = values[space.agentNext + f] = 0;
  values[space.action] = 0;
  for (let row = 0; row < classes.rows; row++) {
    classes.axes.forEach((axis, i) => (values[slotOfAxis(space, axis)] = levels[i]![row]!));
    settleCrowd(space, values);
    visit(row);
  }
}
