import { choose, playersOf, size } from './shapley-values.ts';

/**
 * What each player of a game adds when players join in random order, one of the starters first: the mean over these
 * orders of what it adds to those before it, where it is not the first itself. No coalition without a starter is looked
 * at. Shapley values over the orders that are feasible, as in Faigle & Kern, "The Shapley value for cooperative games
 * under precedence constraints", 1992; the first step, which nothing can be held against, counts for nobody.
 * @param game shape [2^n]: the worth of each coalition; those without a starter may be anything
 * @param starters which players may come first, as the bits of a mask
 * @throws {RangeError} if it is no game of 0 to 16 players, or a worth that is looked at is not a finite number
 * @returns shape [n], in the game's unit; NaN for a player before whom there can be no starter
 * @example shapleyValuesFrom([0, 1, 2, 4], 0b11) // => Float64Array[2, 3]
 */
export function shapleyValuesFrom(game: ArrayLike<number>, starters: number): Float64Array {
  const players = playersOf(game, (coalition) => (coalition & starters) !== 0);
  const all = size(starters);
  // Of the (n − 1)! orders after each starter, the share in which exactly so many come before a given player.
  const weights = Array.from(
    { length: Math.max(0, players - 1) },
    (_, others) => 1 / ((players - 1) * choose(players - 2, others)),
  );
  const values = new Float64Array(players);
  for (let coalition = 1; coalition < game.length; coalition++) {
    const inside = size(coalition & starters);
    if (inside === 0 || coalition === game.length - 1) continue;
    const weight = inside * weights[size(coalition) - 1]!;
    for (let j = 0; j < players; j++)
      if (!((coalition >>> j) & 1)) values[j]! += weight * (game[coalition | (1 << j)]! - game[coalition]!);
  }
  return values.map((value, j) => {
    const before = all - ((starters >>> j) & 1);
    return before > 0 ? value / before : Number.NaN;
  });
}
