import { ONE } from '../../env/chance.ts';
import { CrowdCount, type CrowdState, crowdAfter, firstCrowd } from '../../env/crowd.ts';
import type { Network } from '../../env/network/network.ts';
import type { Peopling } from '../../env/people.ts';
import type { StateSpace } from '../../env/state-space.ts';
import { Arms } from './arms.ts';
import type { Choices } from './choices.ts';
import type { Arm, Decider, StepOptions } from './decider.ts';
import type { Engine, Observed, Played, Ready, Times } from './engine.ts';
import { type Bins, mostRows } from './kernel/kernel.ts';
import { type ActPlan, type Amount, amountsOf, type Cut, type MovePlan } from './kernel/plan.ts';
import type { Classes } from './kernel/slice.ts';
import { type Planned, Plans } from './plans.ts';
import { type Observing, Population } from './population.ts';

export interface AgentsOptions {
  readonly people?: Peopling;
  /** In which they are neighbours, of as many nodes as there are agents. */
  readonly network?: Network;
  /** Shared with populations that no longer live. */
  readonly plans?: Plans;
}

/** What agents of a kind see in a situation, and which actions are allowed there: shape [rows, k], of which one is its own. */
export type Situated = (
  kind: number,
  row: number,
) => { readonly mask: number; readonly allowed: Uint8Array; readonly row: number };

/** Single agents: within a tick they are told apart by their kind and situation only, and what they do is counted by those. */
export class Agents implements Engine {
  readonly population: Population;
  readonly network?: Network;
  readonly #space: StateSpace;
  readonly #plans: Plans;
  readonly #planned: Planned;
  /** Reward, then measures. */
  readonly #amounts: readonly Amount[];
  readonly #seed: number;
  #plan: { readonly times: Times; readonly plan: ActPlan } | undefined;
  #arms: { readonly key: string; readonly arms: Arms } | undefined;

  /**
   * @param world level indices of the world factors at tick 0
   */
  constructor(
    space: StateSpace,
    agents: number,
    seed: number,
    world: ArrayLike<number>,
    { people, network, plans = new Plans(space) }: AgentsOptions = {},
  ) {
    this.#space = space;
    this.#seed = seed;
    this.#plans = plans;
    this.population = new Population(space, agents, seed, {
      before: plans.populations,
      ...(people && { people }),
      ...(network && { network }),
    });
    if (network) this.network = network;
    this.#planned = plans.of(this.traitSets);
    const { reward, measures } = amountsOf(space);
    this.#amounts = [reward, ...measures];
    this.population.start(this.#planned.planner.start(world, firstCrowd(space).levels));
  }

  get agents(): number {
    return this.population.agents;
  }

  get traitSets(): Uint32Array {
    return this.population.traitSets;
  }

  get columns(): Iterable<Uint8Array> {
    return this.population.columns;
  }

  restore(state: Uint8Array): void {
    this.population.restore(state);
  }

  observed(times: Times): Observed {
    const plan = this.#planOf(times);
    return this.#observed(this.population.kernel.count(plan), plan);
  }

  /** Shape [agents]: the sets of phrases that they observe. */
  masks(times: Times): Uint32Array {
    return this.population.masks(this.#planOf(times));
  }

  /** The distinct sets of phrases, and which of them each agent observes. */
  observing(times: Times): Observing {
    return this.population.observing(this.#planOf(times));
  }

  /** By arm: what its agents observe. */
  observedByArm(times: Times, arms: readonly Arm[]): Observed[] {
    const plan = this.#planOf(times);
    return this.population.countByArm(plan, this.#armsOf(arms)).map((bins) => this.#observed(bins, plan));
  }

  /** Shape [agents]: which arm decides for each. */
  armOf(arms: readonly Arm[]): Uint8Array {
    const own = new Uint8Array(this.agents);
    if (arms.length === 1) return own;
    const { main, exceptions } = this.#armsOf(arms);
    const firsts = new Map<number, number>();
    for (const { kind, agent, count } of this.population.stands()) {
      own.fill(main[kind]!, agent, agent + count);
      firsts.set(kind, agent);
    }
    for (const { kind, arm, offsets } of exceptions)
      for (const offset of offsets) own[firsts.get(kind)! + offset] = arm;
    return own;
  }

  /**
   * Where agents are who are in the same state here and in a run of the same people, and see the same there.
   * @param into written: shape [agents], the situation's row plus 1; 0 for agents who are elsewhere there
   */
  agreement(times: Times, other: Agents, otherTimes: Times, into: Uint32Array): Situated {
    const plan = this.#planOf(times);
    this.population.agreement(plan, other.population, other.#planOf(otherTimes), into);
    const { situations } = plan;
    const { sets } = this.#space.scenario;
    return (kind, row) => {
      const { contexts, allowed } = situations.slices[situations.of[kind]!]!;
      return { mask: sets.union(this.traitSets[kind]!, contexts[row]!), allowed, row };
    };
  }

  async prepare(times: Times, decider: Decider, options: StepOptions): Promise<Ready> {
    const plan = this.#planOf(times);
    const { arms } = decider;
    const shared = arms.length > 1 ? this.#armsOf(arms) : undefined;
    const deciding = arms.map(({ memo }, arm) => ({
      memo,
      choices: this.#planned.choices.at(memo, plan),
      agents: shared ? shared.agents[arm]! : this.agents,
    }));
    const all = deciding.map(({ choices }) => choices);
    const ready: Ready = {
      arms: deciding.map(({ memo, agents }, arm) => {
        const { only } = arms[arm]!;
        return { policy: memo.id, agents, ...(only && { only }) };
      }),
      play: () => this.#play(times, plan, all, shared),
    };
    for (const { memo, choices, agents } of deciding) {
      if (choices.complete || agents === 0) continue;
      // What the policy was asked elsewhere, and all that it can say if that costs less than to count who is where, in all the
      // populations that come to use it.
      if (memo.policy.eager && choices.situations <= agents * this.#plans.populations)
        await decider.ask(memo, choices.masks(), { signal: options.signal });
      choices.learn(memo);
    }
    options.signal?.throwIfAborted();
    if (deciding.every(({ choices, agents }) => choices.complete || agents === 0)) return ready;
    const occurring = shared ? this.population.countByArm(plan, shared) : [this.population.kernel.count(plan)];
    for (const [arm, { memo, choices, agents }] of deciding.entries()) {
      if (choices.complete || agents === 0) continue;
      const bins = occurring[arm]!;
      const decisions = await decider.decide(memo, this.#observed(bins, plan).masks, times.tick, options);
      choices.write(bins, decisions);
    }
    return ready;
  }

  /** Who decides for whom, worked out once for as long as the canaries are the same. */
  #armsOf(arms: readonly Arm[]): Arms {
    const selections = arms.flatMap(({ only }) => only ?? []);
    const key = JSON.stringify(selections);
    if (this.#arms?.key !== key) {
      const { scenario } = this.#space;
      const { population } = this;
      this.#arms = { key, arms: new Arms(scenario, this.traitSets, population.stands(), this.#seed, selections) };
    }
    return this.#arms.arms;
  }

  #planOf(times: Times): ActPlan {
    if (this.#plan?.times !== times) {
      const { tick, world, crowd } = times;
      this.#plan = { times, plan: this.#planned.planner.acting(tick, world, crowd.levels) };
    }
    return this.#plan.plan;
  }

  #observed({ counts, stride }: Bins, { situations }: ActPlan): Observed {
    const { sets } = this.#space.scenario;
    const byMask = new Map<number, number>();
    this.traitSets.forEach((traitSet, kind) => {
      situations.slices[situations.of[kind]!]!.contexts.forEach((contexts, row) => {
        const count = counts[kind * stride + row]!;
        if (count === 0) return;
        const mask = sets.union(traitSet, contexts);
        byMask.set(mask, (byMask.get(mask) ?? 0) + count);
      });
    });
    return { masks: Uint32Array.from(byMask.keys()), counts: Float64Array.from(byMask.values()) };
  }

  #play({ tick, world, nextWorld, crowd }: Times, plan: ActPlan, choices: readonly Choices[], arms?: Arms): Played {
    const { kernel } = this.population;
    const moving = (next: CrowdState) =>
      this.#planned.planner.moving(tick, world, nextWorld, crowd.levels, next.levels);
    const k = this.#space.scenario.actions.length;
    const [only] = choices;
    if (!arms && this.#space.crowd.length === 0 && !this.#space.agent.some(({ counted }) => counted)) {
      const move = moving(crowd);
      const { acted, moved } = kernel.play(plan, move, only!);
      const taken = bySlice([acted], plan.situations, k);
      return { ...this.#decisions([acted], taken, plan, choices), ...this.#totals(taken, plan, moved, move), crowd };
    }
    const acted = arms ? this.population.actByArm(plan, arms, choices) : [kernel.act(plan, only!)];
    const taken = bySlice(acted, plan.situations, k);
    const next = crowdAfter(this.#space, this.#crowdCount(taken, plan), crowd, nextWorld);
    // Before the bins are used again.
    const decisions = this.#decisions(acted, taken, plan, choices);
    const move = moving(next);
    this.population.meet(plan);
    const moved = kernel.move(move);
    return { ...decisions, ...this.#totals(taken, plan, moved, move), crowd: next };
  }

  /** Who was where, and whom the crowd factors count. */
  #crowdCount(taken: readonly Uint32Array[], { situations }: ActPlan): CrowdCount {
    const count = new CrowdCount(this.#space);
    taken.forEach((own, slice) => {
      const { crowd, classes } = situations.slices[slice]!;
      own.forEach((agents, at) => {
        count.agents += agents;
        for (const { places, counted } of crowd) {
          const place = places[at % classes.rows]!;
          count.present[place]! += agents;
          if (counted[at] === 1) count.counted[place]! += agents;
        }
      });
    });
    return count;
  }

  /** Who did what, and how it was decided. @param acted by arm, like choices */
  #decisions(
    acted: readonly Bins[],
    taken: readonly Uint32Array[],
    { situations }: ActPlan,
    choices: readonly Choices[],
  ) {
    const k = this.#space.scenario.actions.length;
    const actions = new Float64Array(k);
    for (const own of taken) own.forEach((agents, at) => (actions[Math.floor((at * k) / own.length)]! += agents));
    const weightSums = new Float64Array(k);
    const most = mostRows(situations);
    /** Of the kind at hand: agents by row, and by view whether there are any. */
    const [here, present] = [new Uint32Array(most), new Uint32Array(most)];
    let [distinct, failed, skipped] = [0, 0, 0];
    for (let kind = 0; kind < this.traitSets.length; kind++) {
      const { views, classes } = situations.slices[situations.of[kind]!]!;
      const own = classes.rows;
      for (let row = 0; row < own; row++) present[row] = 0;
      for (let arm = 0; arm < acted.length; arm++) {
        const { counts, rows, stride } = acted[arm]!;
        const chosen = choices[arm]!;
        const from = kind * stride;
        for (let row = 0; row < own; row++) here[row] = counts[from + row]!;
        for (let a = 1, at = from + rows; a < k; a++, at += rows)
          for (let row = 0; row < own; row++) here[row]! += counts[at + row]!;
        for (let row = 0; row < own; row++) present[views[row]!]! |= here[row]!;
        if (!chosen.complete)
          for (let row = 0; row < own; row++) {
            if (!chosen.answered(kind, row)) failed += here[row]!;
            if (chosen.decided(kind, row)) continue;
            skipped += here[row]!;
            here[row] = 0;
          }
        const weights = chosen.weights[kind]!;
        for (let a = 1; a < k; a++) {
          let sum = 0;
          for (let row = 0, at = a; row < own; row++, at += k) sum += here[row]! * weights[at]!;
          weightSums[a]! += sum;
        }
      }
      // 1 for a number above 0, without a branch, which would be guessed wrong half of the time.
      for (let view = 0; view < own; view++) distinct += -present[view]! >>> 31;
    }
    const decided = this.agents - skipped;
    // Weights sum to 65,536, and these sums are whole numbers that a double holds.
    weightSums[0] = weightSums.reduce((rest, sum) => rest - sum, ONE * decided);
    return { counts: Array.from(actions), weightSums, distinct, failed, decided };
  }

  /** What the tick adds up to. */
  #totals(taken: readonly Uint32Array[], { situations }: ActPlan, moved: Bins | undefined, { outcomes }: MovePlan) {
    const reached = moved && bySlice([moved], outcomes!, 1);
    let [now, next] = [0, 0];
    const totals = this.#amounts.map(({ readsNext }) => {
      let total = 0;
      if (readsNext) {
        outcomes!.slices.forEach(({ amounts }, slice) => (total += dot(reached![slice]!, amounts[next]!)));
        next++;
      } else {
        situations.slices.forEach(({ amounts }, slice) => (total += dot(taken[slice]!, amounts[now]!)));
        now++;
      }
      return total;
    });
    const [reward, ...measures] = totals;
    return {
      reward: reward!,
      measures: Object.fromEntries(measures.map((total, i) => [this.#amounts[i + 1]!.name, total])),
    };
  }
}

/** By slice, shape [columns, rows of the slice]: how many of the kinds that share it came to each row, in all of some bins. */
function bySlice(
  bins: readonly Bins[],
  { of, slices }: Cut<{ readonly classes: Classes }>,
  columns: number,
): Uint32Array[] {
  const sums = slices.map(({ classes }) => new Uint32Array(columns * classes.rows));
  for (const { rows, stride, counts } of bins)
    for (let kind = 0; kind < of.length; kind++) {
      const sum = sums[of[kind]!]!;
      const own = sum.length / columns;
      for (let to = 0, from = kind * stride; to < sum.length; to += own, from += rows)
        for (let row = 0; row < own; row++) sum[to + row]! += counts[from + row]!;
    }
  return sums;
}

const dot = (counts: Uint32Array, values: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i < counts.length; i++) if (counts[i]! > 0) sum += counts[i]! * values[i]!;
  return sum;
};
