import { UnderstudyError } from '../../env/error.ts';
import { fromPhrases, observations, type Phrases } from '../../env/observation.ts';
import { sequence, shuffle } from '../../env/random.ts';
import { canList, firstStates } from '../../env/sampling/sampling.ts';
import { states } from '../../env/sampling/states.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import type { WorkOptions } from '../../env/work.ts';
import { openPolicy } from '../../policies/open.ts';
import type { DecideOptions, Policy } from '../../policies/policy.ts';
import { isStudent } from '../../policies/students/open.ts';
import { defaultScenario } from '../../scenarios/default-scenario.ts';
import type { Coefficient } from '../../workspace/coefficients.ts';
import { readDecisions } from '../../workspace/decisions.ts';
import { type Effect, readEffects, writeEffectsOf } from '../../workspace/effects.ts';
import { workspace } from '../../workspace/paths.ts';
import { modelName } from '../evaluation/candidates.ts';
import { coefficientsOf } from './coefficients.ts';
import { effectsOf } from './effects.ts';
import { actionNamed, likeliest, sumsBesideDefault } from './explained-action.ts';
import { type Explanation, explain } from './explanation.ts';

/** Whose decisions are explained, and where its files lie. */
export interface ExplainOptions extends WorkOptions {
  /** A name that openPolicy knows, or a policy, which then stays open. */
  readonly policy: string | Policy;
  readonly workspace: string;
  /** Default: the world that is meant if none is named. */
  readonly scenario?: Vocabulary;
  /**
   * Sets of phrases that the policy is asked about, at most; values are estimated where exact ones would take more.
   * Default 65,536 for exact values, otherwise 16,384.
   */
  readonly questions?: number;
  /** Draws orders if not all can be tried, and states. */
  readonly seed?: number;
  /** Whose probability is explained. Default: of all but the first, the one that the policy finds likeliest. */
  readonly action?: string;
}

export interface DecisionExplanation extends Phrases, Explanation {
  /** Id of the policy. */
  readonly policy: string;
  /** The action whose probability is explained. */
  readonly action: string;
}

/**
 * Explains one decision: the Shapley values of an observation's phrases, exact where that is feasible.
 * @throws {UnderstudyError} OBSERVATION_PHRASE or OBSERVATION_CONFLICT for phrases that are not an observation,
 *   DISTILL_ARGUMENT for an unknown action, DISTILL_ANSWERS
 */
export async function explainDecision(options: ExplainOptions & Phrases): Promise<DecisionExplanation> {
  const { scenario = defaultScenario, traits, context, questions, seed = 0, log } = options;
  const mask = fromPhrases(scenario, [{ traits, context }]).masks[0]!;
  if (options.action !== undefined) actionNamed(scenario, options.action);
  if (traits.length === 0 && scenario.traits.length > 0)
    log?.('no trait is named: this is not a state of the scenario, and the policy extrapolates');
  for (const { name, phrases } of scenario.groups)
    if (!phrases.some((phrase) => scenario.sets.holds(mask, phrase)))
      log?.(
        `no phrase of ${name} is named (${phrases.map((phrase) => scenario.phrases[phrase]).join(', ')}): exactly one holds, so this is not a state of the scenario`,
      );
  return asked(options, async (policy, work) => {
    const action = await explainedAction(policy, scenario, [mask], options, work);
    return {
      policy: policy.id,
      action: scenario.actions[action]!,
      traits,
      context,
      ...(await explain(policy, scenario, mask, { ...work, ...(questions && { questions }), seed, action })),
    };
  });
}

export interface ExplainEffectsOptions extends ExplainOptions {
  /** A file of decisions whose states effects are taken over, each once; default: the states of the scenario. */
  readonly test?: string;
  /** Number of these states, drawn by the seed; default all, or 2,000 if they are too many to list. */
  readonly states?: number | 'all';
  readonly seed: number;
}

export interface EffectsReport {
  readonly policy: string;
  readonly action: string;
  /** States over which effects are means. */
  readonly states: number;
  /** Whether all orders of the phrases were tried in all of the states that are meant; otherwise effects have a standard error. */
  readonly exact: boolean;
  /** Path of effects.csv. */
  readonly file: string;
  readonly effects: readonly Effect[];
  /** Coefficients of a logistic regression. */
  readonly coefficients?: readonly Coefficient[];
}

/**
 * Explains decisions in general: mean effects of phrases and of pairs over states. They take the place of the policy's
 * earlier ones on the same action in results/metrics/effects.csv.
 * @throws {UnderstudyError} DISTILL_FILE for a file without decisions, DISTILL_SIZE, DISTILL_ANSWERS
 */
export async function explainEffects(options: ExplainEffectsOptions): Promise<EffectsReport> {
  const { scenario = defaultScenario, test, seed, policy: whose, questions } = options;
  if (options.action !== undefined) actionNamed(scenario, options.action);
  const { masks, sampled } = await statesOf(options, scenario);
  if (masks.length === 0) throw new UnderstudyError('DISTILL_FILE', `${test} holds no decisions to explain`);
  const paths = workspace(options.workspace);
  return asked(options, async (policy, work) => {
    // A damaged table is known before a teacher is asked.
    await readEffects(paths);
    const index = await explainedAction(policy, scenario, masks, options, work);
    const action = scenario.actions[index]!;
    const { effects, states, exact } = await effectsOf(policy, scenario, masks, {
      ...work,
      ...(questions && { questions }),
      seed,
      sampled,
      action: index,
    });
    const model = typeof whose === 'string' ? modelName(whose) : whose.id;
    await writeEffectsOf(paths, model, action, effects);
    const coefficients = isStudent(policy) ? coefficientsOf(policy) : undefined;
    return {
      policy: policy.id,
      action,
      states,
      exact: exact && !sampled,
      file: paths.effects,
      effects,
      ...(coefficients && { coefficients }),
    };
  });
}

/** Index of the action that was named, otherwise of the one that the policy finds likeliest over these states. */
async function explainedAction(
  policy: Policy,
  scenario: Vocabulary,
  masks: readonly number[],
  { action }: Pick<ExplainOptions, 'action'>,
  work: DecideOptions,
): Promise<number> {
  if (action !== undefined) return actionNamed(scenario, action);
  const k = scenario.actions.length;
  if (k === 2) return 1;
  const { probabilities } = await policy.decide(observations(scenario, masks), work);
  return likeliest(sumsBesideDefault(probabilities, k));
}

/** States whose effects are taken if they are too many to list. */
const DRAWN_STATES = 2000;

/** The states that effects are taken over, and whether they are a sample of those that are meant. */
async function statesOf(
  { test, states: wanted = 'all', seed }: ExplainEffectsOptions,
  scenario: Vocabulary,
): Promise<{ masks: number[]; sampled: boolean }> {
  if (test === undefined && !canList(scenario)) {
    const size = wanted === 'all' ? DRAWN_STATES : wanted;
    return { masks: [...firstStates(scenario, seed, size)], sampled: true };
  }
  const all =
    test === undefined ? [...states(scenario)] : [...new Set((await readDecisions(test, scenario)).observations.masks)];
  if (wanted === 'all') return { masks: all, sampled: false };
  return { masks: shuffle(all, sequence(seed, 'explainedStates')).slice(0, wanted), sampled: wanted < all.length };
}

/** Opens the policy if it is named, and says what a person should know of it. */
async function asked<T>(
  { policy: given, scenario = defaultScenario, workspace, signal, progress, log }: ExplainOptions,
  work: (policy: Policy, options: DecideOptions) => Promise<T>,
): Promise<T> {
  const name = typeof given === 'string' ? given : given.id;
  await using opened =
    typeof given === 'string' ? await openPolicy(given, { scenario, workspace, labels: true, log, signal }) : undefined;
  const policy = opened ?? (given as Policy);
  if (policy.caveat) log?.(`${name}: ${policy.caveat}`);
  // Awaited here: the policy is disposed of when this returns.
  return await work(policy, {
    ...(signal && { signal }),
    onProgress: (done, of) => progress?.({ stage: `asking ${name}`, done, of }),
  });
}
