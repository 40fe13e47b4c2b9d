import { quantise } from '../env/chance.ts';
import { UnderstudyError } from '../env/error.ts';
import type { Rule, Scenario } from '../env/scenario.ts';
import type { DecideWeights } from '../env/trajectory.ts';
import type { DecisionTable } from '../policies/decision-table.ts';
import { ruleRow } from '../policies/policy-of.ts';

/** The people around the agent of an environment. */
export interface Others {
  /** What they decide by: a rule, or the table that `decisionTable` makes of any policy. */
  readonly policy: Rule | DecisionTable;
  /** How many there are, from 1 to 100,000. */
  readonly agents: number;
}

const OTHERS_LIMIT = 100_000;

/**
 * Refuses others that are missing, that would change nothing or that are too many.
 * @throws {UnderstudyError} SCENARIO_CROWD, SIMULATION_ARGUMENT
 */
export function requireOthers({ id, crowd }: Scenario, others: Others | undefined): void {
  const names = crowd.map(({ name }) => name).join(', ');
  if (crowd.length > 0 && !others)
    throw new UnderstudyError(
      'SCENARIO_CROWD',
      `${id}: what happens to one agent depends on the crowd (${names}); say who else is there: { others: { policy, agents } }`,
    );
  if (crowd.length === 0 && others)
    throw new UnderstudyError(
      'SCENARIO_CROWD',
      `${id} has no crowd factors, so others change nothing for the agent; leave \`others\` out`,
    );
  if (others && !(Number.isInteger(others.agents) && others.agents >= 1 && others.agents <= OTHERS_LIMIT))
    throw new UnderstudyError(
      'SIMULATION_ARGUMENT',
      `expected 1 to ${OTHERS_LIMIT} others, which live one by one, got ${others.agents}`,
    );
}

/**
 * Weights by observation, each worked out once.
 * @throws {UnderstudyError} SIMULATION_ARGUMENT for a policy that does not answer at once, POLICY_SCENARIO for a table of
 *   another scenario
 */
export function decideBy(scenario: Scenario, policy: Others['policy']): DecideWeights {
  if (typeof policy === 'function') {
    const known = new Map<number, Uint32Array>();
    return (mask) => {
      let weights = known.get(mask);
      if (!weights)
        known.set(mask, (weights = quantise(ruleRow(scenario, 'others', policy, scenario.sets.indices(mask)))));
      return weights;
    };
  }
  if (typeof policy?.weightsOf !== 'function' || !('masks' in policy))
    throw new UnderstudyError(
      'SIMULATION_ARGUMENT',
      'others decide by a rule or a table; make one of a policy with await decisionTable(scenario, policy)',
    );
  if (policy.scenario !== scenario.id)
    throw new UnderstudyError(
      'POLICY_SCENARIO',
      `${policy.policy} decides in ${policy.scenario}, expected a table of ${scenario.id}`,
    );
  return (mask) => policy.weightsOf(mask);
}
