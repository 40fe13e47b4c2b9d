import { observations } from '../../env/observation.ts';
import type { Scenario } from '../../env/scenario.ts';
import type { Visits } from '../../measure/visits.ts';
import type { Policy } from '../../policies/policy.ts';
import { systematicSample } from '../../stats/sampling.ts';
import type { Inquiry } from '../inquiry.ts';

/** A student's error over a distribution of states. */
export interface VisitedError {
  /** Mean squared error of P(a), weighted by visits; NaN where the teacher answered nothing. */
  readonly mse: number;
  /** The same over the visits to states that the student was not shown; NaN where there are none. */
  readonly mseUnseen: number;
  /** Share of the visits that were to states that the student was shown. */
  readonly seen: number;
  /** Different states in which the two were compared. */
  readonly compared: number;
}

export interface ErrorOptions {
  readonly scenario: Scenario;
  readonly student: Policy;
  readonly inquiry: Inquiry;
  /** States that the student was trained on. */
  readonly shown: ReadonlySet<number>;
  /** At most so many states are asked about; where more were visited, they are drawn with chances by their visits. */
  readonly most: number;
  /** Uniform in [0, 1): where the drawing starts. */
  readonly start: number;
}

/** How far a student is from its teacher where a population goes. */
export async function errorAt(visits: Visits, options: ErrorOptions): Promise<VisitedError> {
  const { scenario, student, inquiry, shown, most, start } = options;
  const all = visits.masks.length <= most;
  const weights = all ? visits.counts : systematicSample(visits.counts, most, start);
  const weightOf = new Map<number, number>();
  visits.masks.forEach((mask, i) => weights[i]! > 0 && weightOf.set(mask, weights[i]!));
  const labels = await inquiry.about(weightOf.keys());
  const masks = labels.map(({ mask }) => mask);
  const { probabilities } = await student.decide(observations(scenario, masks));
  const k = scenario.actions.length;
  const total = { weight: 0, error: 0, unseenWeight: 0, unseenError: 0 };
  labels.forEach(({ mask, probabilities: target }, row) => {
    const weight = weightOf.get(mask)!;
    let squares = 0;
    for (let a = 1; a < k; a++) squares += (probabilities[row * k + a]! - target[a]!) ** 2 / (k - 1);
    total.weight += weight;
    total.error += weight * squares;
    if (shown.has(mask)) return;
    total.unseenWeight += weight;
    total.unseenError += weight * squares;
  });
  const visited = visits.counts.reduce((sum, count) => sum + count, 0);
  const seen = visits.counts.reduce((sum, count, i) => sum + (shown.has(visits.masks[i]!) ? count : 0), 0);
  return {
    mse: total.error / total.weight,
    mseUnseen: total.unseenError / total.unseenWeight,
    seen: seen / visited,
    compared: labels.length,
  };
}
