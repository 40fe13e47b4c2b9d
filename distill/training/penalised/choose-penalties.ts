import { fitRegression, lossOf, type Penalties, type RegressionRows } from './regression.ts';
import type { TermClass } from './terms.ts';

/** Penalties that are tried for a class, from the weakest on; beyond the last the class is left out. */
const GRID = [0.3, 1, 3, 10, 30, 100, 300, 1000] as const;
const FIRST = GRID.indexOf(3);
/** Towards weaker penalties first. */
const DIRECTIONS = [-1, 1] as const;
/** Rounds over the classes at most. */
const ROUNDS = 3;

/** Penalties with how well they did on rows that were held out. */
export interface Tried {
  readonly penalties: Penalties;
  /** Mean log loss of the rows that were fitted, and of those that were held out, in nats. */
  readonly train: number;
  readonly heldOut: number;
  /** Mean squared error of the probability on those that were held out. */
  readonly mse: number;
}

/**
 * Penalties by cross-validation, class by class: from phrases alone, each class in turn moves along the grid while the log
 * loss of the rows held out falls; a class that does not help is left out.
 * @param folds rows by fold
 * @param tell called with each set of penalties that was tried
 * @returns the set of the lowest loss
 */
export async function choosePenalties(
  rows: RegressionRows,
  folds: readonly ArrayLike<number>[],
  tell: (tried: Tried) => void | Promise<void>,
): Promise<Tried> {
  const classes = rows.terms.blocks.map(({ name }) => name);
  const parts = folds.map((held, f) => ({
    held,
    fitted: Int32Array.from(folds.flatMap((fold, g) => (g === f ? [] : Array.from(fold)))),
  }));
  const known = new Map<string, Tried>();
  let starts: readonly (Float64Array | undefined)[] = parts.map(() => undefined);
  const attempt = async (places: readonly number[]): Promise<{ tried: Tried; starts: typeof starts }> => {
    const penalties = penaltiesOf(classes, places);
    const key = places.join();
    const earlier = known.get(key);
    if (earlier) return { tried: earlier, starts };
    const fits = parts.map(({ fitted }, f) => fitRegression(rows, fitted, penalties, starts[f]));
    const [train, held] = (['fitted', 'held'] as const).map((part) =>
      parts
        .map((one, f) => lossOf(rows, one[part], fits[f]!))
        .reduce((a, b) => ({ loss: a.loss + b.loss, squares: a.squares + b.squares, weight: a.weight + b.weight })),
    );
    const tried: Tried = {
      penalties,
      train: train!.loss / train!.weight,
      heldOut: held!.loss / held!.weight,
      mse: held!.squares / held!.weight,
    };
    known.set(key, tried);
    await tell(tried);
    return { tried, starts: fits };
  };

  let places = classes.map((_, c) => (c === 0 ? FIRST : GRID.length));
  let best = await attempt(places);
  starts = best.starts;
  for (let round = 0; round < ROUNDS; round++) {
    const before = best.tried;
    for (const c of classes.keys())
      for (const step of DIRECTIONS)
        for (;;) {
          const next = places.with(c, places[c]! + step);
          if (next[c]! < 0 || next[c]! > GRID.length) break;
          const found = await attempt(next);
          if (!(found.tried.heldOut < best.tried.heldOut)) break;
          [places, best] = [next, found];
          starts = best.starts;
        }
    if (best.tried === before) break;
  }
  return best.tried;
}


const penaltiesOf = (classes: readonly TermClass[], places: readonly number[]): Penalties =>
  Object.fromEntries(
    classes.flatMap((name, c) => (places[c]! < GRID.length ? [[name, GRID[places[c]!]!] as const] : [])),
  );
