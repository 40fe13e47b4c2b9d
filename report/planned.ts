import type { StudyPlan } from '../distill/plan/plan.ts';
import { grouped } from './wording.ts';

const SOURCES = {
  measured: 'by earlier answers',
  tokenizer: "by the model's own tokenizer",
  estimated: 'estimated from the texts',
} as const;

/** A length of time as people say it: "0.8 s", "42 s", "3 min 05 s", "2 h 10 min". */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const two = (value: number) => String(value).padStart(2, '0');
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}

/** What a plan comes to, by name: questions, tokens, money, time. */
export function planFacts(plan: StudyPlan): readonly (readonly [name: string, value: string])[] {
  const { questions, parts, tokens, cost, seconds, unknown } = plan;
  const from = tokens.from.map((source) => SOURCES[source]).join(', ');
  return [
    [
      'questions',
      `${grouped(questions.open)} to ask, ${grouped(questions.remembered)} remembered${questions.probed > 0 ? ` (${grouped(questions.probed)} asked as a probe)` : ''}`,
    ],
    ...(parts.length > 1
      ? parts.map(({ part, open, remembered }) => [`  ${part}`, `${grouped(open)} + ${grouped(remembered)}`] as const)
      : []),
    [
      'tokens',
      `${grouped(tokens.prompt)} of questions + ${grouped(tokens.completion)} of replies${from ? `, ${from}` : ''}`,
    ],
    [
      'money',
      cost
        ? `${cost.amount.toFixed(cost.amount < 1 ? 4 : 2)} ${cost.currency} (${cost.from})`
        : `${plan.hosted ? 'not known' : 'none'}: ${unknown.cost}`,
    ],
    ['time', seconds === null ? `not known: ${unknown.seconds}` : duration(seconds)],
  ];
}
