import type { Scenario } from '../env/scenario.ts';
import { readIfThere } from '../measure/evaluation/files.ts';
import type { Workspace } from '../workspace/paths.ts';

/**
 * The states of a workspace's data/test.jsonl, on which its students are held against the teacher: no label is spent on
 * one of them. Empty where there is no such file.
 */
export async function heldOutStates(
  { test }: Workspace,
  scenario: Scenario,
  log?: (line: string) => void,
): Promise<ReadonlySet<number>> {
  const states = new Set((await readIfThere(test, scenario))?.observations.masks);
  if (states.size > 0) log?.(`the ${states.size} states of ${test} are left to test on: none of them is learned`);
  return states;
}
