import type { OnPolicyOptions, OnPolicyReport } from '../distill/on-policy/on-policy.ts';
import { grouped, percent } from '../report/wording.ts';
import { flag, integer } from './options.ts';
import { decimal, table } from './wording.ts';

/** Flags of `train` that are about on-policy distillation. */
export const onPolicyFlags = {
  'on-policy': integer(
    'On-policy distillation (DAgger): number of rounds. Each simulates with the student, asks --teacher about states that it visits, adds the answers to the rows and trains again. The student is the mlp unless --student names another.',
    { min: 1 },
  ),
  budget: integer('With --on-policy: maximum number of labels that all rounds together add.', {
    min: 1,
    shown: '250 per round',
  }),
  agents: integer('With --on-policy: number of simulated people.', { min: 1, shown: '10000' }),
  days: integer('With --on-policy: number of simulated days.', { min: 1, shown: '14' }),
  check: integer('With --on-policy: maximum number of further states to ask about for measuring errors.', {
    min: 1,
    shown: '1000',
  }),
  alone: flag('With --on-policy: no comparison with as many labels at random.'),
} as const;

/** Distils on-policy. @returns the report and its lines for people */
export async function trainOnPolicy(options: OnPolicyOptions): Promise<[OnPolicyReport, string[]]> {
  const { onPolicy } = await import('../distill/on-policy/on-policy.ts');
  const report = await onPolicy(options);
  return [report, onPolicyWords(report)];
}

function onPolicyWords({ teacher, student, agents, days, asked, rounds, files }: OnPolicyReport): string[] {
  return [
    `Mean squared error of ${student} on the states that ${grouped(agents)} agents visit in ${days} days under it, and over all states:`,
    ...table([
      ['', 'round', 'labels added', 'visited states', 'unseen ones', 'visits seen in training', 'all states'],
      ...rounds.map((round) => [
        round.strategy,
        String(round.round),
        grouped(round.labels),
        decimal(round.mseOnPolicy, 6),
        decimal(round.mseUnseen, 6),
        percent(round.seen),
        decimal(round.mseUniform, 6),
      ]),
    ]),
    `${teacher} was asked about ${grouped(asked)} states in all, including those for measuring`,
    `  ${files.onnx}`,
    `  ${files.data}`,
    `  ${files.curve}`,
  ];
}
