import type { StudyPlan } from '../distill/plan/plan.ts';
import { planFacts } from '../report/planned.ts';
import { wrap } from './help.ts';
import { flag, integer, type Options } from './options.ts';
import { decimal, facts, table } from './wording.ts';

/** What every verb understands that can say beforehand what it would ask. */
export const planOptions = {
  plan: flag(
    'What would be asked, what that costs and how precise the results will be, without asking, as understudy plan.',
  ),
  probe: integer(
    'With --plan: open questions that are asked now, to measure tokens, time and spread; answers are kept.',
    {
      min: 1,
      shown: 'none',
    },
  ),
} as const satisfies Options;

const WIDTH = 80;

/** A plan on one screen. */
export function planWords(plan: StudyPlan): string[] {
  const { verb, scenario, teacher, precision, notes } = plan;
  return [
    ...wrap(`${verb} of ${scenario} by ${teacher}, if it is asked now:`, WIDTH),
    ...facts(planFacts(plan)),
    ...(precision.length > 0
      ? [
          'Half of the 95 % interval of',
          ...table([
            ['  result', 'predicted', 'from'],
            ...precision.map(({ result, halfWidth, from }) => [
              `  ${result}`,
              halfWidth === null ? 'not known' : `± ${decimal(halfWidth)}`,
              from,
            ]),
          ]),
        ]
      : []),
    ...notes.map((note) => `  Note: ${note}.`),
  ];
}
