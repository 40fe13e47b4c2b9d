import type { Scenario } from '../../env/scenario.ts';
import type { Policy } from '../policy.ts';
import { fixed } from './constant.ts';

/** Gives every action the same probability. */
export function uniform(scenario: Scenario): Policy {
  const k = scenario.actions.length;
  return fixed(
    scenario,
    `uniform:${k}`,
    Array.from({ length: k - 1 }, () => 1 / k),
  );
}
