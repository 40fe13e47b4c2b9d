import { choose, playersOf, size } from './shapley-values.ts';

/**
 * Shapley interaction index of each pair of players: what the two add together beyond what each adds alone, averaged
 * over the coalitions of the others. Grabisch & Roubens, "An axiomatic approach to the concept of interaction among
 * players in cooperative games", 1999.
 * @param game shape [2^n]: the worth of each coalition, in which player j is where bit j is set
 * @throws {RangeError} if it is no game of 0 to 16 players with finite worths
 * @returns shape [n, n], row-major, symmetric, with a diagonal of 0; above 0 the two help each other, below 0 they replace each other
 * @example shapleyInteractions([0, 0, 0, 1]) // => Float64Array[0, 1, 1, 0]
 */
export function shapleyInteractions(game: ArrayLike<number>): Float64Array {
  const players = playersOf(game);
  const weights = Array.from(
    { length: Math.max(0, players - 1) },
    (_, others) => 1 / ((players - 1) * choose(players - 2, others)),
  );
  const pairs = new Float64Array(players * players);
  for (let i = 0; i < players; i++)
    for (let j = 0; j < i; j++) {
      const [first, second] = [1 << i, 1 << j];
      let sum = 0;
      for (let others = 0; others < game.length; others++)
        if (!(others & (first | second)))
          sum +=
            weights[size(others)]! *
            (game[others | first | second]! - game[others | first]! - game[others | second]! + game[others]!);
      pairs[i * players + j] = sum;
      pairs[j * players + i] = sum;
    }
  return pairs;
}
