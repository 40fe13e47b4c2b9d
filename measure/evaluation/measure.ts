import { type Observations, observations as observationsOf, phrasesOf } from '../../env/observation.ts';
import { hasDynamics } from '../../env/vocabulary.ts';
import type { WorkOptions } from '../../env/work.ts';
import { type DecideOptions, type Decisions, isTeacher, type Policy } from '../../policies/policy.ts';
import { isBag } from '../../policies/students/architecture.ts';
import { learnedBy } from '../../policies/students/learned.ts';
import { isStudent } from '../../policies/students/open.ts';
import { quantile } from '../../stats/bootstrap.ts';
import type { Coefficient } from '../../workspace/coefficients.ts';
import type { Effect } from '../../workspace/effects.ts';
import { type OrderSensitivity, TRAINED_ON_TEST } from '../../workspace/evaluation.ts';
import { coefficientsOf } from '../explain/coefficients.ts';
import { effectsOf } from '../explain/effects.ts';
import { likeliest } from '../explain/explained-action.ts';
import { type Visits, visitsOf } from '../visits.ts';
import type { Candidate } from './candidates.ts';
import { insensitive, type OrderPlan, orderSensitivity } from './order-sensitivity.ts';
import { asked, type TestRows } from './test-rows.ts';

/** What is known of a candidate once it has been asked everything. */
export interface Measured {
  readonly model: string;
  readonly kind: Candidate['kind'];
  /** Id of the policy. */
  readonly policy: string;
  readonly caveat?: string;
  /** Different test states that it was fitted to; null where that is not known; absent for what is not fitted. */
  readonly seenInTraining?: number | null;
  /** Whether it was fitted to a state, by mask; absent where that is not known. */
  readonly learned?: (mask: number) => boolean;
  readonly parameters?: number;
  readonly decisionsPerSecond?: number;
  /** Shape [n, m] of the test rows; NaN if there was no answer. */
  readonly predicted: Float64Array;
  readonly order?: OrderSensitivity;
  readonly visits?: Visits;
  /** What phrases do to its decisions. */
  readonly effects?: readonly Effect[];
  /** Coefficients of a logistic regression. */
  readonly coefficients?: readonly Coefficient[];
}

export interface MeasureOptions extends Pick<WorkOptions, 'signal' | 'log'> {
  /** SHA-256 of the test file. */
  readonly sha256: string;
  /** Absent where order sensitivity is not measured. */
  readonly orders?: OrderPlan;
  /** Distinct states over which effects of phrases are taken; none where they are not. */
  readonly explained: readonly number[];
  /** Agents of the simulation; 0 for none. */
  readonly agents: number;
  readonly seed: number;
  /** Whether a row says something new of a state that was learned, so that knowing it is no advantage to warn of. */
  readonly newDraws: boolean;
  /** Says how far something that is being done is. */
  readonly progressOf: (doing: string) => (done: number, of: number) => void;
}

/**
 * Asks one candidate everything that it must be open for. Baselines are neither simulated nor explained, and a teacher
 * among the models is asked about the test rows only: other states and orders of it cost questions, and are asked of
 * the one that is given for that.
 */
export async function measure(candidate: Candidate, test: TestRows, options: MeasureOptions): Promise<Measured> {
  const { scenario, observations } = test;
  const { agents, orders, explained, sha256, seed, newDraws, signal, log, progressOf } = options;
  const { model, kind } = candidate;
  const policy = await candidate.open();
  try {
    const work = signal ? { signal } : {};
    const timed = await decideTimed(policy, observations, { ...work, onProgress: progressOf('evaluating') });
    const student = isStudent(policy) ? policy : undefined;
    const config = student?.config;
    const knows = config && learnedBy(config);
    const learned = knows && ((mask: number) => knows(phrasesOf(scenario, observationsOf(scenario, [mask]), 0)));
    const states = [...new Set(observations.masks)];
    const seen = learned && states.filter(learned).length;
    const own = config?.data.some((file) => file.sha256 === sha256)
      ? TRAINED_ON_TEST
      : seen && !newDraws
        ? `learned ${seen} of the ${states.length} states that it is tested on`
        : undefined;
    if (own) log?.(`${model}: ${own}; errors look smaller than they are`);
    if (student && !learned)
      log?.(`${model}: its configuration does not say which states it learned; train it again to know`);
    const caveat = [policy.caveat, own].filter(Boolean).join('; ');
    const parameters = candidate.parameters ?? config?.parameters;
    const order =
      orders && (await orderOf(policy, kind, orders, { ...work, onProgress: progressOf('reordering phrases for') }));
    const coefficients = student && coefficientsOf(student);
    const decides = kind !== 'baseline' && !isTeacher(policy);
    return {
      model,
      kind,
      policy: policy.id,
      ...(caveat && { caveat }),
      ...(student && { seenInTraining: seen ?? null }),
      ...(learned && { learned }),
      ...(parameters !== undefined && { parameters }),
      ...(timed.decisionsPerSecond !== undefined && { decisionsPerSecond: timed.decisionsPerSecond }),
      predicted: asked(timed.decisions.probabilities, scenario),
      ...(order && { order }),
      ...(decides &&
        agents > 0 &&
        hasDynamics(scenario) && {
          visits: await visitsOf(scenario, policy, { agents, seed, ...work, onProgress: progressOf('simulating') }),
        }),
      ...(decides &&
        explained.length > 0 && {
          effects: (
            await effectsOf(policy, scenario, explained, {
              ...{ ...work, onProgress: progressOf('explaining'), action: explainedAction(test), seed },
            })
          ).effects,
        }),
      ...(coefficients && { coefficients }),
    };
  } finally {
    await policy[Symbol.asyncDispose]();
  }
}

/** The action that effects are about: the teacher's likeliest beside the default one. */
const explainedAction = ({ target, m }: TestRows): number =>
  likeliest(Array.from({ length: m }, (_, j) => target.reduce((sum, p, i) => (i % m === j ? sum + p : sum), 0)));

async function orderOf(
  policy: Policy,
  kind: Candidate['kind'],
  plan: OrderPlan,
  work: DecideOptions,
): Promise<OrderSensitivity | undefined> {
  const blind = kind === 'baseline' || (isStudent(policy) && isBag(policy.config.architecture));
  if (blind) return insensitive(plan);
  return isTeacher(policy) ? undefined : orderSensitivity(policy, plan, work);
}

/** Maximum number of repetitions, and the time after which no further one begins. */
const REPETITIONS = 5;
const ENOUGH_MS = 1000;

/** A policy's answers with how fast they came. */
export interface Timed {
  readonly decisions: Decisions;
  readonly decisionsPerSecond?: number;
}

/**
 * Decides a batch, and measures how fast that goes: the median over up to five repetitions after the first, which warms
 * up. A language model is not asked again; its rate is that of the answers of its own between the first and the last,
 * so that loading it does not count, and there is none where it answered fewer than two: the rest was remembered.
 */
export async function decideTimed(policy: Policy, batch: Observations, options: DecideOptions = {}): Promise<Timed> {
  if (isTeacher(policy) && policy.modelAnswers !== undefined) {
    const teacher = policy;
    const before = teacher.modelAnswers!;
    const seen: { answers: number; at: number }[] = [];
    const decisions = await teacher.decide(batch, {
      ...options,
      onProgress: (done, of) => {
        if (teacher.modelAnswers! > before) seen.push({ answers: teacher.modelAnswers!, at: performance.now() });
        options.onProgress?.(done, of);
      },
    });
    const [first, last] = [seen[0], seen.at(-1)];
    if (!first || !last || last.answers === first.answers) return { decisions };
    return { decisions, decisionsPerSecond: ((last.answers - first.answers) / (last.at - first.at)) * 1000 };
  }
  const decisions = await policy.decide(batch, options);
  const seconds: number[] = [];
  const began = performance.now();
  while (seconds.length < REPETITIONS && (seconds.length === 0 || performance.now() - began < ENOUGH_MS)) {
    const start = performance.now();
    await policy.decide(batch, options.signal ? { signal: options.signal } : {});
    seconds.push((performance.now() - start) / 1000);
  }
  const median = quantile(
    seconds.sort((a, b) => a - b),
    0.5,
  );
  return { decisions, ...(median > 0 && { decisionsPerSecond: batch.masks.length / median }) };
}
