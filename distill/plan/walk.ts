import { sampleObservations } from '../../env/sampling/sampling.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import { designOf } from '../../measure/stability/design.ts';
import { Interview, shownInOrders } from '../../measure/stability/interview.ts';
import { settingsOf, planOf as stabilityPlan } from '../../measure/stability/plan.ts';
import type { StabilityOptions } from '../../measure/stability/stability.ts';
import type { Teacher } from '../../policies/policy.ts';
import { Rehearsal } from '../../policies/spending/rehearsal.ts';
import { askAll } from '../dataset/asking.ts';
import { type DatasetOptions, elicitationOf, requireConsistent } from '../dataset/options.ts';
import { planOf } from '../dataset/plan.ts';

/** What of a data set decides what is asked. */
export type PlannedDataset = Omit<DatasetOptions, 'teacher' | 'name' | 'exports'>;
/** What of a stability study decides what is asked. */
export type PlannedStability = Omit<StabilityOptions, 'teacher' | 'name' | 'embedder'>;

/** A data set walked through without asking. */
export interface DatasetWalk {
  readonly rehearsal: Rehearsal;
  /** Rows, and those of them that are held out. */
  readonly rows: number;
  readonly test: number;
  /** States that as many independent draws would be worth, where rows have weights. */
  readonly effective: number;
}

export async function walkDataset(
  scenario: Vocabulary,
  options: PlannedDataset,
  teacher: Teacher,
  name: string,
  seen?: Set<string>,
): Promise<DatasetWalk> {
  requireConsistent(options);
  const plan = await planOf(scenario, options, teacher.recorded);
  const rehearsal = new Rehearsal(teacher, scenario, seen);
  await askAll(rehearsal, plan.questions, {
    ...{ name, width: scenario.phrases.length, elicit: elicitationOf(options, teacher), rotations: options.rotations },
    ...{ temperature: options.temperature ?? 1, seed: options.seed, repeats: plan.repeats, signal: options.signal },
  });
  const weights = plan.questions.map(({ weight = 1 }) => weight);
  const sum = (of: (weight: number) => number) => weights.reduce((total, weight) => total + of(weight), 0);
  return {
    rehearsal,
    rows: plan.questions.length,
    test: plan.questions.filter(({ part }) => part === 'test').length,
    effective: sum((weight) => weight) ** 2 / sum((weight) => weight ** 2),
  };
}

export async function walkStability(
  scenario: Vocabulary,
  options: PlannedStability,
  teacher: Teacher,
  name: string,
  seen?: Set<string>,
): Promise<Rehearsal> {
  const { prompts, seed, signal } = options;
  const design = designOf(options, scenario, undefined);
  const sample = sampleObservations(scenario, { size: prompts, order: 'canonical', seed });
  const shown = shownInOrders(scenario, sample, design.facets.includes('order') ? design.orders : 1, seed);
  const { decidesBy } = teacher;
  const two = scenario.actions.length === 2;
  const unread = two ? 'unreadable' in teacher && teacher.unreadable !== undefined : decidesBy === 'greedy';
  const plan = stabilityPlan(design, unread || decidesBy === 'sample' ? undefined : two ? 'expected' : 'choice');
  const rehearsal = new Rehearsal(teacher, scenario, seen);
  const interview = new Interview(rehearsal, name, shown, { signal });
  if (plan.reading) await interview.ask([plan.reading]);
  await interview.ask([...settingsOf(plan.seed), ...plan.alone.flatMap(settingsOf), ...(plan.crossed?.settings ?? [])]);
  return rehearsal;
}
