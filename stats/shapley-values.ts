/**
 * Shapley value of each player of a game: what it adds when players join in random order, on average over all orders.
 * Shapley, "A value for n-person games", 1953; as the reading of a model, Lundberg & Lee, "A unified approach to
 * interpreting model predictions", 2017.
 * @param game shape [2^n]: the worth of each coalition, in which player j is where bit j is set; entry 0 that of nobody
 * @throws {RangeError} if the length is no power of two, there are more than 16 players, or a worth is not a finite number
 * @returns shape [n], in the game's unit; the sum is the worth of all minus that of nobody, up to rounding
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
 * @throws {RangeError} if it is no game of 0 to 16 players, or a worth that matters is not finite
 */
export function playersOf(game: ArrayLike<number>, matters: (coalition: number) => boolean = () => true): number {
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
export function size(coalition: number): number {
  let members = 0;
  for (let rest = coalition; rest !== 0; rest &= rest - 1) members++;
  return members;
}

/** Binomial coefficient. */
export function choose(n: number, k: number): number {
  let ways = 1;
  for (let i = 1; i <= k; i++) ways = (ways * (n - k + i)) / i;
  return ways;
}
