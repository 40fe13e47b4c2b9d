import { philoxInto, purposes, streamKey } from '../env/random.ts';
import type { AskedOnce } from '../policies/asked-once.ts';
import { type RatioEstimate, ratioOfGroups } from '../stats/random-groups.ts';
import type { TwinSoFar } from '../workspace/checkpoint.ts';
import type { Situated } from './engine/agents.ts';
import { allowedWeights } from './engine/kernel/laws.ts';
import type { Simulation } from './simulation.ts';
import type { TickRecord } from './tick-record.ts';
import type { Watch } from './watch.ts';

/** How far a run and its twin are apart, whoever lives in them. */
export interface TwinDistance {
  /**
   * Share of agents whose states differ, or what they see or may do there, when they decide. Of cohorts: the least share that
   * has to, as many as there are in each state (total variation of the two distributions over states).
   */
  readonly drift: RatioEstimate;
  /**
   * Mean total variation between the two policies' decisions: where states agree; of cohorts, in the states of the run, whatever is
   * allowed there.
   */
  readonly totalVariation: RatioEstimate;
}

/** Of a run beside its twin: how far the two are apart, and why. Every share has a 95 % interval. */
export interface TwinSplit extends TwinDistance {
  /** Share of the decisions that differ. */
  readonly disagreement: RatioEstimate;
  /** The part of them that was made in the same state, and the part that was not; the two add up to the disagreement. */
  readonly byDecision: RatioEstimate;
  readonly byDrift: RatioEstimate;
  /**
   * Where states agree: mean probability that the same random number picks different actions. For two actions this is the
   * total variation; for more it may be larger, since actions share out the numbers in their order.
   */
  readonly sameLuck: RatioEstimate;
}

/** Agents are shared out at random to so many groups, whose sums tell how much the whole would vary. */
const GROUPS = 64;

/** Sums over the agents of each group. */
class Sums {
  readonly agents: Float64Array;
  readonly differing: Float64Array;
  /** Of those, agents whose states agreed. */
  readonly apart: Float64Array;
  readonly drifted: Float64Array;
  /** Agents whose states agreed and whom both policies answered, and the distances there. */
  readonly compared: Float64Array;
  readonly variation: Float64Array;
  readonly luck: Float64Array;

  constructor(before?: TwinSoFar) {
    const of = (name: keyof TwinSoFar) => Float64Array.from(before?.[name] ?? new Array<number>(GROUPS).fill(0));
    this.agents = of('agents');
    this.differing = of('differing');
    this.apart = of('apart');
    this.drifted = of('drifted');
    this.compared = of('compared');
    this.variation = of('variation');
    this.luck = of('luck');
  }

  add(other: Sums): void {
    for (const name of names) for (let g = 0; g < GROUPS; g++) this[name][g]! += other[name][g]!;
  }

  get soFar(): TwinSoFar {
    return Object.fromEntries(names.map((name) => [name, [...this[name]]])) as unknown as TwinSoFar;
  }

  get split(): TwinSplit {
    const { agents, differing, apart, drifted, compared, variation, luck } = this;
    return {
      disagreement: ratioOfGroups(differing, agents),
      byDecision: ratioOfGroups(apart, agents),
      byDrift: ratioOfGroups(
        differing.map((all, g) => all - apart[g]!),
        agents,
      ),
      drift: ratioOfGroups(drifted, agents),
      totalVariation: ratioOfGroups(variation, compared),
      sameLuck: ratioOfGroups(luck, compared),
    };
  }
}

const names = ['agents', 'differing', 'apart', 'drifted', 'compared', 'variation', 'luck'] as const;

/**
 * Compares a run with its twin, agent by agent. Where both are in the same state, the same random number decides, so their
 * decisions differ because the policies do; everywhere else they may differ because of what came before.
 */
export class TwinWatch implements Watch {
  readonly #run: Simulation;
  readonly #twin: Simulation;
  readonly #total: Sums;
  /** Shape [agents]. */
  readonly #groupOf: Uint8Array;
  readonly #kindOf: ArrayLike<number>;
  readonly #rows: Uint32Array;
  /** Of the tick that is being decided. */
  #situated: Situated | undefined;
  #deciding: Simulation['deciding'] | undefined;

  constructor(run: Simulation, twin: Simulation, before?: TwinSoFar) {
    this.#run = run;
    this.#twin = twin;
    this.#total = new Sums(before);
    this.#groupOf = groupsOf(run.agents, run.seed);
    this.#kindOf = run.kinds;
    this.#rows = new Uint32Array(run.agents);
  }

  async before(): Promise<void> {
    this.#situated = this.#run.agreement(this.#twin, this.#rows);
    this.#deciding = this.#run.deciding;
  }

  after(_: TickRecord): Partial<TickRecord> {
    const [own, others] = [this.#run.actions, this.#twin.actions];
    const { memos, of } = this.#deciding!;
    const armOf = of!;
    const rows = this.#rows;
    const sums = new Sums();
    const twin = this.#twin.deciding.memos[0]!;
    /** By arm, kind and row: both distances; undefined where a policy gave no answer. */
    const known = new Map<number, Distances | undefined>();
    const width = rows.reduce((most, row) => Math.max(most, row), 0) + 1;
    const kinds = this.#run.traitSets.length;
    for (let i = 0; i < rows.length; i++) {
      const g = this.#groupOf[i]!;
      sums.agents[g]!++;
      const differs = own[i] !== others[i];
      if (differs) sums.differing[g]!++;
      const row = rows[i]!;
      if (row === 0) {
        sums.drifted[g]!++;
        continue;
      }
      if (differs) sums.apart[g]!++;
      const kind = this.#kindOf[i]!;
      const key = (armOf[i]! * kinds + kind) * width + row;
      let distances = known.get(key);
      if (distances === undefined && !known.has(key)) {
        distances = distancesAt(this.#situated!(kind, row - 1), memos[armOf[i]!]!, twin);
        known.set(key, distances);
      }
      if (!distances) continue;
      sums.compared[g]!++;
      sums.variation[g]! += distances.variation;
      sums.luck[g]! += distances.luck;
    }
    this.#total.add(sums);
    return { twin: sums.split };
  }

  /** Agent-ticks in which the two acted differently. */
  get differing(): number {
    return this.#total.differing.reduce((sum, one) => sum + one, 0);
  }

  get soFar(): TwinSoFar {
    return this.#total.soFar;
  }

  get split(): TwinSplit {
    return this.#total.split;
  }
}

interface Distances {
  readonly variation: number;
  readonly luck: number;
}

function distancesAt(
  { mask, allowed, row }: ReturnType<Situated>,
  one: AskedOnce,
  other: AskedOnce,
): Distances | undefined {
  const [p, q] = [one.weightsOf(mask), other.weightsOf(mask)];
  if (!p || !q) return undefined;
  return distancesOf(allowedWeights(p, allowed, row), allowedWeights(q, allowed, row));
}

/**
 * Total variation of two laws, and the probability that one uniform number, read as their actions share it out, picks
 * different actions.
 * @param p, q shape [k], weights out of 65,536
 */
export function distancesOf(p: ArrayLike<number>, q: ArrayLike<number>): Distances {
  let [apart, same, fromP, fromQ] = [0, 0, 0, 0];
  for (let a = 0; a < p.length; a++) {
    apart += Math.abs(p[a]! - q[a]!);
    const [toP, toQ] = [fromP + p[a]!, fromQ + q[a]!];
    same += Math.max(0, Math.min(toP, toQ) - Math.max(fromP, fromQ));
    [fromP, fromQ] = [toP, toQ];
  }
  return { variation: apart / 131_072, luck: 1 - same / 65_536 };
}

const { stream, word, first } = purposes.randomGroups;

/** Shape [agents]: the group of each, by its number alone. */
function groupsOf(agents: number, seed: number): Uint8Array {
  const groups = new Uint8Array(agents);
  const key = streamKey(seed, stream);
  const block = new Uint32Array(4);
  for (let i = 0; i < agents; i += 16) {
    philoxInto(block, i >>> 4, 0, first, word, key[0], key[1]);
    for (let j = 0; j < Math.min(16, agents - i); j++)
      groups[i + j] = (block[j >> 2]! >>> (8 * (j & 3))) & (GROUPS - 1);
  }
  return groups;
}
