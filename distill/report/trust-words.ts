import type { StudyModel } from './study-files.ts';
import { grouped, short, withInterval } from './words.ts';

/** Where a model is worst and how much of the achievable it explains; nothing of what was not measured. */
export function trustWords({ model, mse, worstGroup, achievable }: StudyModel): string[] {
  return [
    ...(achievable
      ? [
          `It explains ${percent(achievable.value)} [${percent(achievable.lower)}, ${percent(achievable.upper)}] of what the noise of the teacher’s labels leaves to explain.`,
        ]
      : []),
    ...(worstGroup
      ? [
          `Trust ${model} least ${place(worstGroup)}: a mean squared error of ${withInterval(worstGroup.mse, worstGroup.interval)} on ${grouped(worstGroup.n)} rows, beside ${short(mse)} on all.`,
        ]
      : []),
  ];
}

const percent = (share: number) => `${(100 * share).toFixed(0).replace('-', '−')} %`;

function place({ by, group }: NonNullable<StudyModel['worstGroup']>): string {
  if (by === 'trait' || by === 'context') return `where “${group}” holds`;
  return `in states of ${group} ${by === 'traits' ? 'trait' : 'context'}${group === '1' ? '' : 's'}`;
}
