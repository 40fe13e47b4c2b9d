import { mean, standardDeviation } from '../../stats/moments.ts';
import { stabilityComponents } from '../figures/stability-components.ts';
import { type DrawnFacet, stabilityFacets } from '../figures/stability-facets.ts';
import { stabilityHeaping } from '../figures/stability-heaping.ts';
import { stabilityIcc } from '../figures/stability-icc.ts';
import { stabilityRepeats } from '../figures/stability-repeats.ts';
import { stabilitySpread } from '../figures/stability-spread.ts';
import type { StudyFiles } from '../study-files.ts';
import type { ReportFigure } from './report-figure.ts';

/** How steady the teacher is. */
export function ofStability({ stability, repeats }: StudyFiles): ReportFigure[] {
  const prompts = repeats
    .filter((answers) => answers.length >= 2)
    .map((answers) => ({ mean: mean(answers), sd: standardDeviation(answers) }));
  const forms = Object.entries(stability?.icc ?? {}).flatMap(([form, { value, lower, upper }]) =>
    value === null || lower === undefined || upper === undefined ? [] : [{ form, value, lower, upper }],
  );
  const facets = facetsOf(stability);
  const effects = stability?.components?.effects ?? [];
  const bought = (stability?.repeats ?? []).filter(({ reliability }) => reliability !== null);
  const answers = repeats.flat();
  const figure = (name: string, shown: boolean, caption: string, draw: ReportFigure['draw']) =>
    shown ? [{ name, section: 'stability' as const, caption, draw }] : [];
  return [
    ...figure(
      'stability-spread',
      prompts.length > 0,
      'A teacher is steadiest when it is sure: near 0 and 1 answers have no room to vary.',
      (theme) => stabilitySpread(prompts, theme),
    ),
    ...figure(
      'stability-icc',
      forms.length > 0,
      'ICC(1,·) is for exchangeable reruns, ICC(2,·) and ICC(3,·) for runs with a meaning of their own (an order, a paraphrase). A teacher that always repeats itself has 1.',
      (theme) => stabilityIcc(forms, theme),
    ),
    ...figure(
      'stability-facets',
      facets.length > 0,
      'Exact means, of the number’s whole distribution, carry no noise of the seed; draws do. Below, the mean answer at each level: separate levels show a shift of all prompts; equal levels with a difference above show shifts that cancel out.',
      (theme) => stabilityFacets(facets, theme),
    ),
    ...figure(
      'stability-components',
      effects.some(({ effect, variance }) => effect !== 'prompt' && variance > 0),
      `Variance components of ${stability?.components?.design}. “a × b” is the interaction of both, “order:prompt” the orders within each prompt, “residual” the seed and everything left over. An estimate below 0 is drawn as 0.`,
      (theme) => stabilityComponents(effects, theme),
    ),
    ...figure(
      'stability-repeats',
      bought.some(({ sd }) => sd > 0),
      'Reliability by Spearman–Brown from ICC(1,1). A student that knows the teacher’s means exactly would reach the ceiling against such labels.',
      (theme) => stabilityRepeats(bought, stability?.noiseCeiling ?? [], theme),
    ),
    ...figure(
      'stability-heaping',
      answers.length > 0,
      'Heaping on round numbers costs resolution: two states that differ by less than a step may get the same answer.',
      (theme) => stabilityHeaping(answers, theme),
    ),
  ];
}

const ASKED: Readonly<Record<string, string>> = {
  expected: 'exact means',
  sample: 'draws',
  greedy: 'greedy replies',
};

/** The facets, if more than the seed was varied; runs are numbered from 1. */
function facetsOf(stability: StudyFiles['stability']): DrawnFacet[] {
  const facets = Object.entries(stability?.facets ?? {});
  if (facets.every(([facet]) => facet === 'seed')) return [];
  return facets.map(([facet, { asked, levels, ...of }]) => ({
    ...of,
    facet: `${facet} (${ASKED[asked] ?? asked})`,
    levels: facet === 'seed' ? levels.map((_, run) => `run ${run + 1}`) : levels,
  }));
}
