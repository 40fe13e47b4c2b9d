import type { StudyPlan } from '../distill/plan/plan.ts';
import { grouped } from '../report/wording.ts';
import { flag, integer, type Options } from './options.ts';
import { decimal, duration, facts, table } from './wording.ts';

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

const SOURCES = {
  measured: 'by earlier answers',
  tokenizer: "by the model's own tokenizer",
  estimated: 'estimated from the texts',
} as const;

/** A plan on one screen. */
export function planWords(plan: StudyPlan): string[] {
  const { verb, scenario, teacher, questions, parts, tokens, cost, seconds, unknown, precision, notes } = plan;
  const count = (n: number) => grouped(n);
  const from = tokens.from.map((source) => SOURCES[source]).join(', ');
  return [
    `${verb} of ${scenario} by ${teacher}, if it is asked now:`,
    ...facts([
      [
        'questions',
        `${count(questions.open)} to ask, ${count(questions.remembered)} remembered${questions.probed > 0 ? ` (${count(questions.probed)} asked as a probe)` : ''}`,
      ],
      ...(parts.length > 1
        ? parts.map(({ part, open, remembered }) => [`  ${part}`, `${count(open)} + ${count(remembered)}`] as const)
        : []),
      [
        'tokens',
        `${count(tokens.prompt)} of questions + ${count(tokens.completion)} of replies${from ? `, ${from}` : ''}`,
      ],
      [
        'money',
        cost
          ? `${cost.amount.toFixed(cost.amount < 1 ? 4 : 2)} ${cost.currency} (${cost.from})`
          : `${plan.hosted ? 'not known' : 'none'}: ${unknown.cost}`,
      ],
      ['time', seconds === null ? `not known: ${unknown.seconds}` : duration(seconds)],
    ]),
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
