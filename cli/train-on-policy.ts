import type { OnPolicyOptions, OnPolicyReport } from '../distill/on-policy/on-policy.ts';
import { grouped } from '../report/wording.ts';
import { flag, integer } from './options.ts';
import { decimal, table } from './wording.ts';

/** Flags of `train` that are about on-policy distillation. */
export const onPolicyFlags = {
  'on-policy': integer(
    'Distil on-policy (DAgger), so many rounds: simulate with the student, ask --teacher about states that it visits, add the answers to the rows, train again. The student is the mlp unless --student names another.',
    { min: 1 },
  ),
  budget: integer('With --on-policy: labels that all rounds together may add.', { min: 1, shown: '250 a round' }),
  agents: integer('With --on-policy: how many people are simulated.', { min: 1, shown: '10000' }),
  days: integer('With --on-policy: for how long.', { min: 1, shown: '14' }),
  check: integer(
    'With --on-policy: states that the teacher may be asked about to measure an error, those for training not counted.',
    { min: 1, shown: '1000' },
  ),
  alone: flag('With --on-policy: do not spend as many labels at random to compare with.'),
} as const;

/** Distils on-policy. @returns the report and its lines for people */
export async function trainOnPolicy(options: OnPolicyOptions): Promise<[OnPolicyReport, string[]]> {
  const { onPolicy } = await import('../distill/on-policy/on-policy.ts');
  const report = await onPolicy(options);
  return [report, onPolicyWords(report)];
}

function onPolicyWords({ teacher, student, agents, days, asked, rounds, files }: OnPolicyReport): string[] {
  const share = (value: number) => `${(100 * value).toFixed(0)} %`;
  return [
    `Mean squared error of ${student} where ${grouped(agents)} agents go in ${days} days under it, and over all states:`,
    ...table([
      ['', 'round', 'labels added', 'where agents go', 'of that unseen', 'visits seen in training', 'all states'],
      ...rounds.map((round) => [
        round.strategy,
        String(round.round),
        grouped(round.labels),
        decimal(round.mseOnPolicy, 6),
        decimal(round.mseUnseen, 6),
        share(round.seen),
        decimal(round.mseUniform, 6),
      ]),
    ]),
    `${grouped(asked)} states were asked of ${teacher} in all, those to measure with included`,
    `  ${files.onnx}`,
    `  ${files.data}`,
    `  ${files.curve}`,
  ];
}
