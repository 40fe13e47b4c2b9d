/**
 * Shapley value of each player of a game: what it adds when players join in random order, on average over all orders.
 * Shapley, "A value for n-person games", 1953; as the reading of a model, Lundberg & Lee, "A unified approach to
 * interpreting model predictions", 2017.
 * @param game shape [2^n]: the worth of each coalition, in which player j is where bit j is set; entry 0 that of no
 *   players
 * @throws {RangeError} if the length is not a power of two, there are more than 16 players, or a worth is not a finite
 *   number
 * @returns shape [n], in the game's unit; the sum is the worth of all minus that of no players, up to rounding
 * @example shapleyValues([0, 0, 0, 1]) // => Float64Array[0.5, 0.5]
 */
export function shapleyValues(game: ArrayLike<number>): Float64Array {
  const players = playersOf(game);
  const weights = Array.from({ length: players }, (_, others) => 1 / (players * choose(players - 1, others)));
  const values = new Float64Array(players);
  for (let coalition = 0; coalition < game.length; coalition++) {
    const weight = weights[size(coalition)]!;
    for (let j = 0; j < players; j++)
      if (!((coalition >>> j) & 1)) values[j]! += weight * (game[coalition | (1 << j)]! - game[coalition]!);
  }
  return values;
}

const MOST_PLAYERS = 16;

/**
 * @param matters whether the worth of a coalition is looked at; default: of every one
 * @throws {RangeError} if it is not a game of 0 to 16 players, or a worth that matters is not finite
 */
function playersOf(game: ArrayLike<number>, matters: (coalition: number) => boolean = () => true): number {
  const players = Math.log2(game.length);
  if (!Number.isInteger(players) || players > MOST_PLAYERS)
    throw new RangeError(
      `a game has the worths of 2^n coalitions of n players, ${MOST_PLAYERS} at most; got ${game.length}`,
    );
  for (let coalition = 0; coalition < game.length; coalition++)
    if (matters(coalition) && !Number.isFinite(game[coalition]))
      throw new RangeError(`the worth of coalition ${coalition} is ${game[coalition]}; expected a finite number`);
  return players;
}

/** Members of a coalition. */
function size(coalition: number): number {
  let members = 0;
  for (let rest = coalition; rest !== 0; rest &= rest - 1) members++;
  return members;
}

/** Binomial coefficient. */
function choose(n: number, k: number): number {
  let ways = 1;
  for (let i = 1; i <= k; i++) ways = (ways * (n - k + i)) / i;
  return ways;
}

/**
 * What each player of a game adds when players join in random order, one of the starters first: the mean over these
 * orders of what it adds to those before it, where it is not the first itself. No coalition without a starter is looked
 * at. Shapley values over the orders that are feasible, as in Faigle & Kern, "The Shapley value for cooperative games
 * under precedence constraints", 1992; the first step, which cannot be compared with anything, counts for no player.
 * @param game shape [2^n]: the worth of each coalition; those without a starter may be anything
 * @param starters which players may come first, as the bits of a mask
 * @throws {RangeError} if it is not a game of 0 to 16 players, or a worth that is looked at is not a finite number
 * @returns shape [n], in the game's unit; NaN for a player before whom there can be no starter
 * @example shapleyValuesFrom([0, 1, 2, 4], 0b11) // => Float64Array[2, 3]
 */
export function shapleyValuesFrom(game: ArrayLike<number>, starters: number): Float64Array {
  const players = playersOf(game, (coalition) => (coalition & starters) !== 0);
  const all = size(starters);
  // Share of the (n − 1)! orders after each starter with exactly this many players before a given one.
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

/**
 * Shapley interaction index of each pair of players: what the two add together beyond what each adds alone, averaged
 * over the coalitions of the others. Grabisch & Roubens, "An axiomatic approach to the concept of interaction among
 * players in cooperative games", 1999.
 * @param game shape [2^n]: the worth of each coalition, in which player j is where bit j is set
 * @throws {RangeError} if it is not a game of 0 to 16 players with finite worths
 * @returns shape [n, n], row-major, symmetric, with a diagonal of 0; above 0 the two help each other, below 0 they
 *   replace each other
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

/**
 * What each pair of players adds together beyond what each of the two adds alone, when players join in random order,
 * one of the starters first and the two side by side: the mean over the orders in which another player comes before
 * them. The interaction index of Grabisch & Roubens, 1999, over the orders of shapleyValuesFrom.
 * @param game shape [2^n]: the worth of each coalition; those without a starter may be anything
 * @param starters which players may come first, as the bits of a mask
 * @throws {RangeError} if it is not a game of 0 to 16 players, or a worth that is looked at is not a finite number
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
