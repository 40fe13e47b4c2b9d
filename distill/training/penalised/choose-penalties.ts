import { fitRegression, lossOf, type Penalties, type RegressionRows } from './regression.ts';
import type { TermClass } from './terms.ts';

/** Penalties that are tried for a class, from the weakest on; beyond the last the class is left out. */
const GRID = [0.3, 1, 3, 10, 30, 100, 300, 1000] as const;
const FIRST = GRID.indexOf(3);
/** Nearer than chance between the folds would tell apart. */
const TOLERANCE = 0.01;
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
 * loss of the rows held out falls; a class that does not help is left out. Pairs are then tried under sparse penalties too.
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
  const attempt = async (place: Place): Promise<Tried> => {
    const key = JSON.stringify(place);
    const earlier = known.get(key);
    if (earlier) return earlier;
    const penalties = penaltiesOf(classes, place);
    const fits = parts.map(({ fitted }, f) =>
      fitRegression(rows, fitted, penalties, { start: starts[f], tolerance: TOLERANCE }),
    );
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
    starts = fits;
    known.set(key, tried);
    await tell(tried);
    return tried;
  };
  /** Moves class by class from a place that was tried, while the loss falls. */
  const climb = async (place: Place, tried: Tried): Promise<{ place: Place; tried: Tried }> => {
    let best = { place, tried };
    for (let round = 0; round < ROUNDS; round++) {
      const before = best.tried;
      for (const c of classes.keys())
        for (const step of DIRECTIONS)
          for (;;) {
            const steps = best.place.steps.with(c, best.place.steps[c]! + step);
            if (steps[c]! < 0 || steps[c]! > GRID.length) break;
            const next = { ...best.place, steps };
            const found = await attempt(next);
            if (!(found.heldOut < best.tried.heldOut)) break;
            best = { place: next, tried: found };
          }
      if (best.tried === before) break;
    }
    return best;
  };

  const alone = { sparse: false, steps: classes.map((_, c) => (c === 0 ? FIRST : GRID.length)) };
  const ridge = await climb(alone, await attempt(alone));
  const hasPairs = ridge.place.steps.some((step, c) => step < GRID.length && !classes[c]!.startsWith('phrases'));
  if (!hasPairs) return ridge.tried;
  const place = { ...ridge.place, sparse: true };
  const sparse = await climb(place, await attempt(place));
  return sparse.tried.heldOut < ridge.tried.heldOut ? sparse.tried : ridge.tried;
}

/** Where a search is: by class a number in the grid, its length for a class that is left out. */
interface Place {
  readonly sparse: boolean;
  readonly steps: readonly number[];
}

const penaltiesOf = (classes: readonly TermClass[], { sparse, steps }: Place): Penalties => ({
  sparse,
  strengths: Object.fromEntries(
    classes.flatMap((name, c) => (steps[c]! < GRID.length ? [[name, GRID[steps[c]!]!] as const] : [])),
  ),
});
