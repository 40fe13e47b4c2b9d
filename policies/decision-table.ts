import { UnderstudyError } from '../env/error.ts';
import { observations, phrasesOf } from '../env/observation.ts';
import { occurringIn } from '../env/occurring.ts';
import type { Scenario } from '../env/scenario.ts';
import { AskedOnce } from './asked-once.ts';
import type { DecideOptions, Policy } from './policy.ts';

/** A table of more observations than this is not made. */
const TABLE_LIMIT = 2 ** 18;

/** What a policy decides wherever an agent can come, as a look-up that answers at once. */
export interface DecisionTable {
  /** Id of the policy. */
  readonly policy: string;
  readonly scenario: string;
  /** Numbers of `scenario.sets`: every observation that can occur, person by person. */
  readonly masks: readonly number[];
  /**
   * Weights of the k actions out of 65,536, as every engine draws from them.
   * @throws {UnderstudyError} SIMULATION_UNANSWERED for an observation that the table lacks
   */
  weightsOf(mask: number): Uint32Array;
}

/**
 * Asks a policy about every observation that can occur, each once.
 * @throws {UnderstudyError} SIMULATION_SIZE for more than 262,144 of them, SCENARIO_TABLE if the trait sets are too many to
 *   list, SIMULATION_UNANSWERED if the policy leaves one without probabilities, POLICY_SCENARIO for a policy of another
 *   scenario
 * @example await decisionTable(scenario, await openPolicy('oracle', { scenario }))
 */
export async function decisionTable(
  scenario: Scenario,
  policy: Policy,
  options: DecideOptions = {},
): Promise<DecisionTable> {
  if (policy.scenario !== scenario.id)
    throw new UnderstudyError(
      'POLICY_SCENARIO',
      `${policy.id} decides in ${policy.scenario}, expected a policy of ${scenario.id}`,
    );
  const occurring = occurringIn(scenario);
  const count = occurring.count() ?? 0;
  if (count > TABLE_LIMIT)
    throw new UnderstudyError(
      'SIMULATION_SIZE',
      `${scenario.id} has ${count.toLocaleString('en-US')} observations that can occur, a table of decisions has at most ${TABLE_LIMIT.toLocaleString('en-US')}`,
    );
  const masks = [...occurring.masks()];
  const memo = AskedOnce.of(scenario, policy);
  await memo.learn(masks, options);
  const inWords = (mask: number): string => {
    const { traits, context } = phrasesOf(scenario, observations(scenario, [mask]), 0);
    return `"${[...traits, ...context].join(', ')}"`;
  };
  const open = masks.filter((mask) => memo.outcome(mask) !== 'ok');
  if (open.length > 0)
    throw new UnderstudyError(
      'SIMULATION_UNANSWERED',
      `${policy.id} gave no probability for ${open.length} of ${masks.length} observations, such as ${inWords(open[0]!)} (${memo.outcome(open[0]!)})`,
    );
  return {
    policy: policy.id,
    scenario: scenario.id,
    masks,
    weightsOf(mask) {
      const weights = memo.weightsOf(mask);
      if (weights) return weights;
      throw new UnderstudyError(
        'SIMULATION_UNANSWERED',
        `the table of ${policy.id} has no row for ${inWords(mask)}, which was not expected to occur in ${scenario.id}`,
      );
    },
  };
}
