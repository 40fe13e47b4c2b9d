import { UnderstudyError } from '../../env/error.ts';
import { observations, phrasesOf } from '../../env/observation.ts';
import { sensible } from '../../env/occurring.ts';
import { firstStates } from '../../env/sampling/sampling.ts';
import { stateCount } from '../../env/sampling/states.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import { hasDynamics } from '../../env/vocabulary.ts';
import type { WorkOptions } from '../../env/work.ts';
import { openPolicy } from '../../policies/open.ts';
import { isTeacher, type Policy } from '../../policies/policy.ts';
import { outcomesOf, replicate } from '../../sim/replications.ts';
import type { Interval } from '../../stats/bootstrap.ts';
import { mean } from '../../stats/moments.ts';
import { meanWithInterval } from '../../stats/t-intervals.ts';

export interface DiffOptions extends WorkOptions {
  readonly scenario: Vocabulary;
  /** Policies that are open, or their names: students, teachers, recorded:FILE for decisions or a store of labels. */
  readonly a: string | Policy;
  readonly b: string | Policy;
  readonly workspace?: string;
  /** States that both are asked about; default 1,000, or all if there are fewer; of recorded decisions those in both. */
  readonly states?: number;
  /** Of the states and the runs; default 0. */
  readonly seed?: number;
  /** Runs of each, on the same seeds; 0 for none. Default 10 if both decide at no cost, otherwise 0. */
  readonly replications?: number;
  /** Default 1,000. */
  readonly agents?: number;
  /** Default: the scenario's horizon. */
  readonly ticks?: number;
}

/** A state in which the two decide differently. */
export interface MovedState {
  readonly traits: readonly string[];
  readonly context: readonly string[];
  /** P of each action. */
  readonly a: readonly number[];
  readonly b: readonly number[];
  /** Total variation: the probability that has another action. */
  readonly distance: number;
}

/** How far the mean probability of an action lies apart. */
export interface MovedMean {
  readonly action: string;
  /** Of the states in which this phrase holds; absent for all states. */
  readonly phrase?: string;
  readonly states: number;
  readonly a: number;
  readonly b: number;
  /** b − a. */
  readonly difference: number;
  /** Of the difference, 95 %, over other states. */
  readonly interval: Interval;
  /** Whether the interval lies off 0 at a level of .05 for all phrases and actions together (Bonferroni). */
  readonly moved: boolean;
}

/** What the runs of the two come to. */
export interface MovedOutcome {
  readonly outcome: string;
  readonly a: number;
  readonly b: number;
  /** b − a, run by run on the same luck. */
  readonly difference: number;
  readonly interval: Interval;
  readonly moved: boolean;
}

export interface DiffReport {
  readonly scenario: string;
  readonly a: string;
  readonly b: string;
  /** States that both answered, and those that were looked at. */
  readonly answered: number;
  readonly states: number;
  /** Mean total variation over the states, with its 95 % interval over other states. */
  readonly distance: { readonly mean: number; readonly interval: Interval };
  /** The farthest first. */
  readonly moved: readonly MovedState[];
  /** All states, then phrase by phrase, the farthest first. */
  readonly groups: readonly MovedMean[];
  /** Absent if no runs were made. */
  readonly population?: {
    readonly agents: number;
    readonly ticks: number;
    readonly replications: number;
    readonly outcomes: readonly MovedOutcome[];
  };
  /** Why no runs were made. */
  readonly withoutPopulation?: string;
}

const STATES = 1000;
const SHOWN = 20;
const REPLICATIONS = 10;
const LEVEL = 0.05;

/**
 * What two policies decide differently: in which states, for whom, in which situations, and what that makes of a population.
 * @throws {UnderstudyError} DISTILL_ANSWERS if they answered fewer than two states in common; as openPolicy
 */
export async function diffModels(options: DiffOptions): Promise<DiffReport> {
  const { scenario, workspace = '.', log, signal } = options;
  const opening = { scenario, workspace, labels: true, log, signal };
  const open = (policy: string | Policy) => (typeof policy === 'string' ? openPolicy(policy, opening) : policy);
  const closeIf = async (given: string | Policy, policy: Policy | undefined) => {
    if (typeof given === 'string') await policy?.[Symbol.asyncDispose]();
  };
  let [a, b]: (Policy | undefined)[] = [];
  try {
    a = await open(options.a);
    b = await open(options.b);
    return await compared(a, b, options);
  } finally {
    await closeIf(options.a, a);
    await closeIf(options.b, b);
  }
}

async function compared(a: Policy, b: Policy, options: DiffOptions): Promise<DiffReport> {
  const { scenario, signal, progress } = options;
  const { actions, sets } = scenario;
  const k = actions.length;
  const masks = statesOf(a, b, options);
  const batch = observations(scenario, masks);
  const answers = [];
  for (const policy of [a, b])
    answers.push(
      await policy.decide(batch, {
        signal,
        onProgress: (done, of) => progress?.({ stage: `asking ${policy.id}`, done, of }),
      }),
    );
  const [first, second] = answers as [(typeof answers)[0], (typeof answers)[0]];
  const both = [...masks.keys()].filter((i) => first.outcomes[i] === 'ok' && second.outcomes[i] === 'ok');
  if (both.length < 2)
    throw new UnderstudyError(
      'DISTILL_ANSWERS',
      `${a.id} and ${b.id} answered ${both.length} of ${masks.length} states in common; at least 2 are needed`,
    );
  const rowOf = (decisions: typeof first, i: number) => [...decisions.probabilities.subarray(i * k, (i + 1) * k)];
  const states = both.map((i): MovedState & { readonly mask: number } => {
    const [p, q] = [rowOf(first, i), rowOf(second, i)];
    const distance = p.reduce((sum, one, action) => sum + Math.abs(one - q[action]!), 0) / 2;
    return { mask: masks[i]!, ...phrasesOf(scenario, batch, i), a: p, b: q, distance };
  });
  type Mean = Omit<MovedMean, 'moved'> & { readonly differences: readonly number[] };
  const meansOf = (phrase?: number): Mean[] => {
    const held = phrase === undefined ? states : states.filter(({ mask }) => sets.holds(mask, phrase));
    if (held.length < 2) return [];
    // The first action has what the others leave.
    return actions.slice(1).map((action, j) => {
      const differences = held.map((state) => state.b[j + 1]! - state.a[j + 1]!);
      const estimate = meanWithInterval(differences);
      const of = (side: 'a' | 'b') => mean(held.map((state) => state[side][j + 1]!));
      return {
        action,
        ...(phrase !== undefined && { phrase: scenario.phrases[phrase]! }),
        ...{ states: held.length, a: of('a'), b: of('b') },
        ...{ difference: estimate.mean, interval: estimate.interval, differences },
      };
    });
  };
  const whole = meansOf();
  const parts = scenario.phrases.flatMap((_, phrase) => meansOf(phrase));
  const tests = whole.length + parts.length;
  const judged = ({ differences, ...one }: Mean): MovedMean => ({ ...one, moved: isOff(differences, tests) });
  const distances = meanWithInterval(states.map(({ distance }) => distance));
  return {
    ...{ scenario: scenario.id, a: a.id, b: b.id, answered: both.length, states: masks.length },
    distance: { mean: distances.mean, interval: distances.interval },
    moved: [...states]
      .sort((x, y) => y.distance - x.distance)
      .slice(0, SHOWN)
      .filter(({ distance }) => distance > 0)
      .map(({ mask: _, ...state }) => state),
    groups: [
      ...whole.map(judged),
      ...parts.map(judged).sort((x, y) => Math.abs(y.difference) - Math.abs(x.difference)),
    ],
    ...(await populationOf(a, b, options)),
  };
}

function statesOf(a: Policy, b: Policy, { scenario, states = STATES, seed = 0 }: DiffOptions): Uint32Array {
  const recorded = [a, b].flatMap((policy) => (isTeacher(policy) && policy.recorded ? [new Set(policy.recorded)] : []));
  const keep = sensible(scenario) ?? (() => true);
  if (recorded.length > 0) {
    const common = [...recorded[0]!].filter((mask) => recorded.every((own) => own.has(mask)));
    return Uint32Array.from(common).sort(scenario.sets.compare);
  }
  const few = stateCount(scenario) <= states;
  const all = few ? stateCount(scenario) : states;
  return firstStates(scenario, seed, all).filter(keep);
}

/** Whether the mean of some differences lies off 0 at the level of .05 for so many tests together. */
function isOff(differences: readonly number[], tests: number): boolean {
  const { interval } = meanWithInterval(differences, 1 - LEVEL / tests);
  return interval.lower > 0 || interval.upper < 0;
}

async function populationOf(
  a: Policy,
  b: Policy,
  { scenario, seed = 0, agents = 1000, ticks, signal, progress, log, ...options }: DiffOptions,
): Promise<Pick<DiffReport, 'population' | 'withoutPopulation'>> {
  if (!hasDynamics(scenario)) return { withoutPopulation: `${scenario.id} has no dynamics` };
  const free = (policy: Policy) => policy.eager === true;
  const replications = options.replications ?? (free(a) && free(b) ? REPLICATIONS : 0);
  if (replications === 0)
    return {
      withoutPopulation:
        options.replications === 0
          ? 'none were asked for'
          : `a teacher would be asked about every state that is visited; --replications ${REPLICATIONS} asks it`,
    };
  if (replications < 2)
    throw new UnderstudyError('SIMULATION_ARGUMENT', `an interval needs 2 replications or more, got ${replications}`);
  try {
    const runs = [];
    for (const [s, policy] of [a, b].entries()) {
      const onRun = (_: unknown, done: number) =>
        progress?.({ stage: 'simulating', done: s * replications + done, of: 2 * replications });
      runs.push(
        await replicate({ scenario, policy, agents, seed, replications, onRun, signal, log, ...(ticks && { ticks }) }),
      );
    }
    const [first, second] = runs.map((side) => side.runs.map(outcomesOf)) as [
      Record<string, number>[],
      Record<string, number>[],
    ];
    const names = Object.keys(first[0]!);
    const outcomes = names.map((outcome) => {
      const differences = first.map((one, r) => second[r]![outcome]! - one[outcome]!);
      const { mean: difference, interval } = meanWithInterval(differences);
      const of = (side: typeof first) => mean(side.map((one) => one[outcome]!));
      const moved = isOff(differences, names.length);
      return { outcome, a: of(first), b: of(second), difference, interval, moved };
    });
    return { population: { agents, ticks: runs[0]!.ticks, replications, outcomes } };
  } catch (error) {
    if (!(error instanceof UnderstudyError && error.code === 'SIMULATION_UNANSWERED')) throw error;
    return { withoutPopulation: error.message };
  }
}
