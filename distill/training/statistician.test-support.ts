import { orderOf } from '../../env/observation.ts';
import type { Scenario } from '../../env/scenario.ts';
import type { PlantedChoices } from './planted-choices.test-support.ts';

/** What a statistician puts into the regression. */
export interface Design {
  readonly name: string;
  /** Columns of one row, by the phrases that hold. */
  columns(holds: readonly number[]): Float64Array;
}

/** Designs: indicators with every trait × context, and differences between the alternatives with every trait × difference. */
export function designsOf(scenario: Scenario): Design[] {
  const traits = scenario.traits.length;
  const width = scenario.phrases.length;
  const half = (width - traits) / 2;
  const crossed = (x: Float64Array, from: number, count: number) => {
    const all = new Float64Array(x.length + traits * count);
    all.set(x);
    for (let t = 0; t < traits; t++)
      for (let c = 0; c < count; c++) all[x.length + t * count + c] = x[t]! * x[from + c]!;
    return all;
  };
  const indicators = (holds: readonly number[]) => {
    const x = new Float64Array(width);
    for (const j of holds) x[j] = 1;
    return x;
  };
  const differences = (holds: readonly number[]) => {
    const x = new Float64Array(traits + half);
    for (const j of holds)
      if (j < traits) x[j] = 1;
      else if (j < traits + half) x[j]! -= 1;
      else x[j - half]! += 1;
    return x;
  };
  return [
    { name: 'indicators', columns: indicators },
    { name: 'indicators, traits × contexts', columns: (holds) => crossed(indicators(holds), traits, 2 * half) },
    { name: 'differences', columns: differences },
    { name: 'differences, traits × differences', columns: (holds) => crossed(differences(holds), traits, half) },
  ];
}

export interface Rival {
  readonly name: string;
  readonly heldOut: number;
  predict(choices: PlantedChoices): Float64Array;
}

/** Strengths of the penalties on the mean log loss. */
const STRENGTHS = [0.1, 0.03, 0.01, 0.003, 0.001, 0.0003, 0.0001];

/**
 * Logistic regressions of each design under a lasso and a ridge penalty, the strength chosen by five-fold cross-validation
 * over people, fitted by accelerated proximal gradients (Beck & Teboulle, 2009) on dense columns: nothing of it is shared
 * with the students.
 */
export function rivals(train: PlantedChoices, designs: readonly Design[]): Rival[] {
  return designs.flatMap((design) =>
    (['ridge', 'lasso'] as const).map((penalty) => {
      const x = columnsOf(design, train);
      const y = Float64Array.from(train.taken);
      const p = design.columns([]).length;
      const folds = Array.from({ length: 5 }, (_, f) => Array.from(y.keys()).filter((i) => train.person[i]! % 5 === f));
      const losses = STRENGTHS.map(() => 0);
      folds.forEach((held, f) => {
        const fitted = Array.from(y.keys()).filter((i) => train.person[i]! % 5 !== f);
        let w: Float64Array | undefined;
        STRENGTHS.forEach((strength, s) => {
          w = fitProximal(x, y, p, fitted, penalty, strength, w);
          for (const i of held) losses[s]! += logLoss(y[i]!, predict(x[i]!, w)) / y.length;
        });
      });
      const best = losses.indexOf(Math.min(...losses));
      let w: Float64Array | undefined;
      for (const strength of STRENGTHS.slice(0, best + 1))
        w = fitProximal(x, y, p, [...y.keys()], penalty, strength, w);
      return {
        name: `${penalty}, ${design.name}`,
        heldOut: losses[best]!,
        predict: (choices) => Float64Array.from(columnsOf(design, choices), (row) => predict(row, w!)),
      };
    }),
  );
}

export const logLoss = (taken: number, p: number): number => -Math.log(taken === 1 ? p : 1 - p);

/** The columns of a row that are not 0, and their values. */
interface SparseRow {
  readonly at: Int32Array;
  readonly values: Float64Array;
}

const columnsOf = (design: Design, { observations }: PlantedChoices): SparseRow[] =>
  Array.from(observations.masks, (_, i) => {
    const all = design.columns(orderOf(observations, i));
    const at = Int32Array.from(all.keys()).filter((j) => all[j] !== 0);
    return { at, values: Float64Array.from(at, (j) => all[j]!) };
  });

/** The last weight is the intercept, which bears no penalty. */
function predict({ at, values }: SparseRow, w: Float64Array): number {
  let z = w.at(-1)!;
  for (let e = 0; e < at.length; e++) z += w[at[e]!]! * values[e]!;
  return 1 / (1 + Math.exp(-z));
}

function fitProximal(
  x: readonly SparseRow[],
  y: Float64Array,
  p: number,
  rows: readonly number[],
  penalty: 'ridge' | 'lasso',
  strength: number,
  start?: Float64Array,
): Float64Array {
  let w = start?.slice() ?? new Float64Array(p + 1);
  let ahead = w.slice();
  let momentum = 1;
  const step = 1 / curvature(x, p, rows);
  for (let iteration = 0; iteration < 500; iteration++) {
    const gradient = new Float64Array(p + 1);
    for (const i of rows) {
      const error = (predict(x[i]!, ahead) - y[i]!) / rows.length;
      addRow(gradient, x[i]!, error);
    }
    const next = ahead.map((value, j) => {
      const moved = value - step * gradient[j]!;
      if (j === p) return moved;
      if (penalty === 'ridge') return moved / (1 + step * strength);
      return Math.sign(moved) * Math.max(0, Math.abs(moved) - step * strength);
    });
    const faster = (1 + Math.sqrt(1 + 4 * momentum ** 2)) / 2;
    let change = 0;
    ahead = next.map((value, j) => {
      change = Math.max(change, Math.abs(value - w[j]!));
      return value + ((momentum - 1) / faster) * (value - w[j]!);
    });
    [w, momentum] = [next, faster];
    if (change < 1e-5) break;
  }
  return w;
}

function addRow(to: Float64Array, { at, values }: SparseRow, factor: number): void {
  for (let e = 0; e < at.length; e++) to[at[e]!]! += factor * values[e]!;
  to[to.length - 1]! += factor;
}

/** A bound of the curvature of the mean log loss: a quarter of the largest eigenvalue of the mean of x·xᵀ, by power iteration. */
function curvature(x: readonly SparseRow[], p: number, rows: readonly number[]): number {
  let v = new Float64Array(p + 1).fill(1 / Math.sqrt(p + 1));
  let size = 1;
  for (let i = 0; i < 30; i++) {
    const next = new Float64Array(p + 1);
    for (const row of rows) {
      const { at, values } = x[row]!;
      let product = v[p]!;
      for (let e = 0; e < at.length; e++) product += v[at[e]!]! * values[e]!;
      addRow(next, x[row]!, product / rows.length);
    }
    size = Math.hypot(...next);
    v = next.map((value) => value / size);
  }
  return 0.25 * 1.1 * size;
}
