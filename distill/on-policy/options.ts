import { UnderstudyError } from '../../env/error.ts';
import type { Scenario } from '../../env/scenario.ts';
import type { Teacher } from '../../policies/policy.ts';
import type { StudentKind } from '../../policies/students/architecture.ts';
import type { WorkOptions } from '../../workspace/progress.ts';
import type { StudentChoices } from '../training/settings.ts';
import { requireWhole } from '../training/settings.ts';

export interface OnPolicyOptions extends WorkOptions, Pick<StudentChoices, 'loss' | 'epochs' | 'layers'> {
  readonly student: StudentKind;
  /** Rows to begin with: a JSONL file of decisions. */
  readonly train: string;
  /** A name that openTeacher knows, or a teacher, which then stays open. */
  readonly teacher: string | Teacher;
  readonly rounds: number;
  /** Labels that all rounds together may add; default 250 a round. */
  readonly budget?: number;
  /** Whether as many labels at random are bought and learned too, to compare with. */
  readonly compare: boolean;
  /** Maximum number of states that are asked about to measure an error; default 1,000. */
  readonly check?: number;
  /** Agents of the simulation; default 10,000. */
  readonly agents?: number;
  /** Default 14. */
  readonly days?: number;
  readonly workspace: string;
  readonly seed: number;
  /** Default ice-cream-v1. */
  readonly scenario?: Scenario;
  readonly backend?: string;
}

/** Labels of each round: the budget in parts that differ by at most 1. */
export function partsOf(budget: number, rounds: number): number[] {
  const least = Math.floor(budget / rounds);
  return Array.from({ length: rounds }, (_, round) => least + (round < budget - least * rounds ? 1 : 0));
}

/** @throws {UnderstudyError} DISTILL_ARGUMENT naming what does not fit */
export function requireOptions({ rounds, budget, check, agents, days }: OnPolicyOptions): void {
  const whole = { rounds, budget, check, agents, days };
  for (const [name, value] of Object.entries(whole)) if (value !== undefined) requireWhole(name, value, 1);
  if (budget !== undefined && budget < rounds)
    throw new UnderstudyError(
      'DISTILL_ARGUMENT',
      `a budget of ${budget} ${budget === 1 ? 'label' : 'labels'} is too small for ${rounds} rounds`,
    );
}
