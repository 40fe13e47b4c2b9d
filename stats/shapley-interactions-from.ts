import { choose, playersOf, size } from './shapley-values.ts';

/**
 * What each pair of players adds together beyond what each of the two adds alone, when players join in random order,
 * one of the starters first and the two side by side: the mean over the orders in which somebody comes before them. The
 * interaction index of Grabisch & Roubens, 1999, over the orders of shapleyValuesFrom.
 * @param game shape [2^n]: the worth of each coalition; those without a starter may be anything
 * @param starters which players may come first, as the bits of a mask
 * @throws {RangeError} if it is no game of 0 to 16 players, or a worth that is looked at is not a finite number
 * @returns shape [n, n], row-major, symmetric; NaN for a pair before which there can be no starter, and on the diagonal
 * @example shapleyInteractionsFrom([0, 0, 0, 0, 0, 0, 0, 1], 0b001)[5] // => 1
 */
export function shapleyInteractionsFrom(game: ArrayLike<number>, starters: number): Float64Array {
  const players = playersOf(game, (coalition) => (coalition & starters) !== 0);
  // The two are one of n − 1 who join.
  const weights = Array.from(
    { length: Math.max(0, players - 2) },
    (_, others) => 1 / ((players - 2) * choose(players - 3, others)),
  );
  const pairs = new Float64Array(players * players).fill(Number.NaN);
  for (let i = 0; i < players; i++)
    for (let j = 0; j < i; j++) {
      const [first, second] = [1 << i, 1 << j];
      const before = size(starters & ~(first | second));
      if (before === 0) continue;
      let sum = 0;
      for (let others = 1; others < game.length; others++) {
        const inside = size(others & starters);
        if (others & (first | second) || inside === 0) continue;
        sum +=
          inside *
          weights[size(others) - 1]! *
          (game[others | first | second]! - game[others | first]! - game[others | second]! + game[others]!);
      }
      pairs[i * players + j] = sum / before;
      pairs[j * players + i] = sum / before;
    }
  return pairs;
}
