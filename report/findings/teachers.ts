import type { ByTeacher } from '../../workspace/evaluation.ts';
import type { SideBySide, Unreached } from '../../workspace/stability.ts';
import { capital, fixed, grouped, listed, short, withInterval } from '../wording.ts';
import type { DeepReadonly, Finding } from './finding.ts';

const FACETS: Readonly<Record<string, string>> = {
  seed: 'the seed',
  temperature: 'the temperature',
  order: 'the order of the phrases',
  paraphrase: 'the wording of the question',
  batch: 'the number of questions asked at once',
};
/** A facet of a stability study as a person would name it. */
export const facetName = (facet: string) => FACETS[facet] ?? facet;

/** Teachers that could not be asked. */
export const unreachedFindings = (unreached: readonly Unreached[] = []): Finding[] =>
  unreached.map(({ teacher, reason }) => ({
    kind: 'teacher-unreached',
    severity: 'warning',
    topic: 'A teacher is missing',
    text: `${teacher} is not in the comparison: ${reason.replace(/\.$/, '')}.`,
    numbers: {},
  }));

/** How every two of several teachers differ in a stability study. */
export const sideBySideFindings = ({ pairs }: DeepReadonly<SideBySide>): Finding[] =>
  pairs.map(({ a, b, prompts, distance, pearson, differences }) => {
    const apart = differences.filter(({ lower, upper }) => lower > 0 || upper < 0);
    const near = differences.filter((one) => !apart.includes(one)).map(({ of }) => of);
    const effects = near.filter((of) => of !== 'mean');
    const alike = [
      ...(near.includes('mean') ? ['the mean answer'] : []),
      ...(effects.length > 0 ? [`what ${listed(effects.map(facetName))} does to an answer`] : []),
    ];
    const wordsOf = ({ of, value, lower, upper }: (typeof differences)[number]) => {
      const [more, less] = of === 'mean' ? ['higher', 'lower'] : ['more', 'less'];
      const what = of === 'mean' ? `${b} answers` : `${facetName(of)} moves the answers of ${b}`;
      return `${what} ${value > 0 ? more : less} (${withInterval(value, { lower, upper })})`;
    };
    const correlate = Number.isNaN(pearson) ? '' : ` and correlate by ${fixed(pearson, 2)}`;
    return {
      kind: 'teachers-apart',
      severity: 'main',
      topic: 'Side by side',
      text: [
        `Asked the same ${grouped(prompts)} prompts, ${a} and ${b} lie ${withInterval(distance.value, distance)} apart on average${correlate}.`,
        ...(apart.length > 0 ? [`${capital(apart.map(wordsOf).join('; '))}.`] : []),
        ...(alike.length > 0 ? [`Not told apart: ${listed(alike)}.`] : []),
      ].join(' '),
      numbers: {
        distance: distance.value,
        pearson,
        ...Object.fromEntries(differences.map(({ of, value }) => [of, value])),
      },
    };
  });

/** How students and teachers lie in an evaluation with several teachers. */
export function byTeacherFindings({ teachers, pairs, differences, unreached }: DeepReadonly<ByTeacher>): Finding[] {
  const nearer = differences.map(({ model, a, b, n, value, lower, upper }): Finding => {
    const side = upper < 0 ? a : lower > 0 ? b : undefined;
    const by = `difference of the mean squared errors ${withInterval(Math.abs(value), value < 0 ? { lower: -upper, upper: -lower } : { lower, upper })}, ${grouped(n)} rows`;
    return {
      kind: 'nearer-teacher',
      severity: 'detail',
      topic: 'Which teacher a model is nearer to',
      text:
        side === undefined
          ? `${model} is not clearly nearer to ${a} or to ${b} (${by}).`
          : `${model} is nearer to ${side} than to ${side === a ? b : a} (${by}).`,
      numbers: { n, value, lower, upper },
    };
  });
  return [
    ...unreachedFindings(unreached),
    ...pairs.map(
      ({ a, b, n, mse, interval, pearson, bias }): Finding => ({
        kind: 'teachers-apart',
        severity: 'main',
        topic: 'The teachers against each other',
        text: `On ${grouped(n)} test rows ${a} and ${b} differ by a mean squared error of ${withInterval(mse, interval)}${Number.isNaN(pearson) ? '' : ` and correlate by ${fixed(pearson, 2)}`}; ${b} answers ${short(Math.abs(bias))} ${bias < 0 ? 'lower' : 'higher'} on average.`,
        numbers: { n, mse, pearson, bias },
      }),
    ),
    ...nearer,
    ...teachers.flatMap(({ teacher, ceiling }): Finding[] =>
      ceiling.r2 === null
        ? []
        : [
            {
              kind: 'achievable',
              severity: 'detail',
              topic: 'The ceiling by teacher',
              text: `Against answers of ${teacher}, the best that any student can expect is an R² of ${fixed(ceiling.r2, 3)} (${ceiling.labels}).`,
              numbers: { ceiling: ceiling.r2 },
            },
          ],
    ),
  ];
}
