import { observations, phrasesOf } from '../../env/observation.ts';
import type { Scenario } from '../../env/scenario.ts';
import type { AskedOnce } from '../../policies/asked-once.ts';
import { packProbability } from '../frame.ts';
import type { Differences } from '../protocol/pairs.ts';
import { clamp } from '../protocol/values.ts';
import type { Ready } from './cast.ts';
import type { Look } from './look.ts';

/** Rows of the table of observations. */
const ROWS = 10;

/**
 * Total variation between two policies at an observation, ½ Σ_a |P(a | s) − Q(a | s)|: for two actions the difference of
 * their probabilities. NaN unless both have answered.
 */
function distanceAt(p: AskedOnce, q: AskedOnce, mask: number, actions: number): number {
  if (p.outcome(mask) !== 'ok' || q.outcome(mask) !== 'ok') return Number.NaN;
  const [a, b] = [p.probabilities(mask)!, q.probabilities(mask)!];
  let sum = 0;
  for (let i = 0; i < actions; i++) sum += Math.abs(a[i]! - b[i]!);
  return Math.min(1, sum / 2);
}

/** Two policies that are held against each other over a population at a tick. */
export interface Contrasted {
  readonly scenario: Scenario;
  readonly shown: Look;
  readonly left: Ready;
  readonly right: Ready;
  /** Where `right` is a canary: whom it decides for, in words. The table of differences is about them alone. */
  readonly canary?: string;
}

/** Distance at each distinct observation of a tick as packProbability has it, 0 where it is not known. */
const distancesOf = ({ scenario, shown, left, right }: Contrasted): Uint8Array =>
  Uint8Array.from(shown.distinct, (mask) =>
    packProbability(distanceAt(left.policy, right.policy, mask, scenario.actions.length)),
  );

/** The observations that most of the distance between two policies comes from, and the mean over all that is known. */
function differencesOf({ scenario, shown, left, right, canary }: Contrasted): Differences {
  const { distinct, observed, tick, arms } = shown;
  const isMeant = (row: number) => canary === undefined || arms?.[row] === 1;
  const counts = new Uint32Array(distinct.length);
  const first = new Int32Array(distinct.length).fill(-1);
  for (let agent = 0; agent < observed.length; agent++) {
    const row = observed[agent]!;
    if (counts[row] === 0) first[row] = agent;
    counts[row]!++;
  }
  let [agents, known, sum] = [0, 0, 0];
  const apart: { readonly row: number; readonly distance: number }[] = [];
  distinct.forEach((mask, row) => {
    if (!isMeant(row)) return;
    agents += counts[row]!;
    const distance = distanceAt(left.policy, right.policy, mask, scenario.actions.length);
    if (Number.isNaN(distance)) return;
    known += counts[row]!;
    sum += counts[row]! * distance;
    if (distance > 0) apart.push({ row, distance });
  });
  const most = apart.sort((a, b) => counts[b.row]! * b.distance - counts[a.row]! * a.distance).slice(0, ROWS);
  const batch = observations(
    scenario,
    most.map(({ row }) => distinct[row]!),
  );
  return {
    ...{ tick, left: left.name, right: right.name, agents, known },
    ...(canary !== undefined && { canary }),
    mean: known > 0 ? sum / known : null,
    rows: most.map(({ row, distance }, i) => {
      const { traits, context } = phrasesOf(scenario, batch, i);
      return {
        agent: first[row]!,
        agents: counts[row]!,
        distance,
        ...{ traits: [...traits], context: [...context] },
        left: Array.from(left.policy.probabilities(distinct[row]!)!, clamp),
        right: Array.from(right.policy.probabilities(distinct[row]!)!, clamp),
      };
    }),
  };
}

/** Works out what two policies make of a tick once for all viewers, and again when either has answered more. */
export class Contrast {
  #key: readonly unknown[] = [];
  #known: { distances?: Uint8Array; differences?: Differences } = {};

  /** Changes whenever the result does. */
  version({ shown, left, right, canary }: Contrasted): readonly unknown[] {
    const key = [shown, left, right, canary, left.policy.size, right.policy.size];
    if (key.some((part, i) => part !== this.#key[i])) {
      this.#key = key;
      this.#known = {};
    }
    return this.#key;
  }

  distances(contrasted: Contrasted): Uint8Array {
    this.version(contrasted);
    return (this.#known.distances ??= distancesOf(contrasted));
  }

  differences(contrasted: Contrasted): Differences {
    this.version(contrasted);
    return (this.#known.differences ??= differencesOf(contrasted));
  }
}
