import type { Decides } from './exact.ts';
import { requireNoNetwork } from './neighbours.ts';
import { type Moments, momentsOf, Propagation } from './propagation.ts';
import type { Vocabulary } from './scenario.ts';
import { stateSpace } from './state-space.ts';
import { worldPath } from './trajectory.ts';
import { requireDynamics } from './vocabulary.ts';

export interface ExactPathOptions {
  /** Whose world is lived in: a run with this seed has the same. Default 0. */
  readonly seed?: number;
  /** The world's levels from tick 0 to `ticks`, both included, in place of the seed's. */
  readonly path?: readonly ArrayLike<number>[];
  /** Ticks from the first; default the scenario's horizon. */
  readonly ticks?: number;
  /** Whether the moments of totals over ticks are wanted too, which takes about four times as long. Default false. */
  readonly totals?: boolean;
}

/** One agent that is drawn from the scenario's trait sets, in one course of the world. */
export interface ExactPath {
  /** The world's levels from tick 0 on, shape [ticks + 1][world factors]. */
  readonly path: readonly ArrayLike<number>[];
  /** P(action) by tick, shape [ticks][k]. Of N agents, a binomial number of N chances takes the action. */
  readonly actions: readonly Float64Array[];
  /** The reward of each tick, not discounted. */
  readonly rewards: readonly Moments[];
  /** Each measure by tick. */
  readonly measures: Readonly<Record<string, readonly Moments[]>>;
  /** With `totals`: the discounted return Σ γ^t r_t, and each measure added up over the ticks. */
  readonly totals?: { readonly value: Moments; readonly measures: Readonly<Record<string, Moments>> };
}

/**
 * What a policy's agents do in one course of the world, without simulation: the distribution over their states is
 * propagated through the integer tables, one factor after the other. Given the world, agents are independent, so
 * the moments of any population follow from those of one agent.
 * @throws {RangeError} if the policy gives no probability for an observation that occurs, or for a number of ticks that is
 *   not one
 * @throws {UnderstudyError} SCENARIO_TABLE for more trait sets than are listed, SCENARIO_CROWD for neighbours
 * @example (await exactPath(scenario, () => [0.5, 0.5], { seed: 7 })).rewards[0].mean
 */
export async function exactPath(
  vocabulary: Vocabulary,
  policy: Decides,
  options: ExactPathOptions = {},
): Promise<ExactPath> {
  const scenario = requireDynamics(vocabulary, 'exactPath');
  requireNoNetwork(scenario, 'exactPath');
  const { seed = 0, ticks = options.path ? options.path.length - 1 : scenario.horizon, totals = false } = options;
  if (!Number.isInteger(ticks) || ticks < 1)
    throw new RangeError(`ticks must be an integer of at least 1, got ${ticks}`);
  const space = stateSpace(scenario);
  const path = options.path ?? worldPath(space, seed, ticks);
  if (path.length <= ticks) throw new RangeError(`expected a path of ${ticks + 1} worlds, got ${path.length}`);
  const propagation = new Propagation(space, policy, totals);
  propagation.start(path[0]!);
  const gauges = ['reward', ...Object.keys(scenario.measures)];
  const moments = gauges.map((): Moments[] => []);
  const actions: Float64Array[] = [];
  for (let tick = 0; tick < ticks; tick++) {
    const moved = await propagation.step(tick, path[tick]!, path[tick + 1]!);
    actions.push(moved.actions);
    gauges.forEach((_, g) => moments[g]!.push(momentsOf(moved.sums[g]!, moved.squares[g]!)));
  }
  const [rewards, ...measures] = moments;
  const named = <M>(list: readonly M[]) => Object.fromEntries(gauges.slice(1).map((name, m) => [name, list[m]!]));
  const [value, ...measured] = totals ? propagation.totals() : [];
  return {
    path: path.slice(0, ticks + 1),
    actions,
    rewards: rewards!,
    measures: named(measures),
    ...(value && { totals: { value, measures: named(measured) } }),
  };
}
