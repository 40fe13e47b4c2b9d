import { bootstrap, type Interval } from '../../stats/bootstrap.ts';
import { pearson } from '../../stats/correlation.ts';
import { mean, standardDeviation } from '../../stats/moments.ts';
import type { SideBySide } from '../../workspace/stability.ts';
import type { AnsweredSettings } from './interview.ts';
import type { FacetPlan, Plan } from './plan.ts';
import { completeRatings, levelMeansOf } from './ratings.ts';

/** What one teacher's answers to each prompt are like, by number of the prompt. */
export interface TeacherPrompts {
  readonly teacher: string;
  /** Mean answer, shape [k − 1] for each prompt that was answered in every run. */
  readonly means: ReadonlyMap<number, readonly number[]>;
  /** By facet, of prompts that were answered throughout: what it moves an answer by. */
  readonly facets: readonly {
    readonly facet: string;
    readonly asked: string;
    readonly moves: ReadonlyMap<number, number>;
  }[];
}

/** Looks at a teacher's answers prompt by prompt. @throws {UnderstudyError} DISTILL_ANSWERS as `completeRatings` does */
export function promptsOf(teacher: string, { seed, alone }: Plan, asked: AnsweredSettings): TeacherPrompts {
  const ratingsOf = ({ levels, facet }: FacetPlan) =>
    completeRatings(
      levels.map(({ settings }) => settings.map((setting) => asked.answers(setting))),
      facet === 'seed' ? 'in every run' : `at every level of ${facet}`,
    );
  const byPrompt = (plan: FacetPlan, of: (rows: readonly (readonly number[])[]) => number) => {
    const ratings = ratingsOf(plan);
    const actions = levelMeansOf(ratings);
    return new Map(ratings.prompts.map((prompt, i) => [prompt, of(actions.map((rows) => rows[i]!))] as const));
  };
  const reruns = ratingsOf(seed);
  const actions = levelMeansOf(reruns);
  return {
    teacher,
    means: new Map(reruns.prompts.map((prompt, i) => [prompt, actions.map((rows) => mean(rows[i]!))] as const)),
    facets: [
      {
        facet: 'seed',
        asked: seed.asked,
        moves: byPrompt(seed, (rows) => mean(rows.map((row) => standardDeviation(row)))),
      },
      ...alone.map((plan) => ({
        facet: plan.facet,
        asked: plan.asked,
        moves: byPrompt(plan, (rows) => mean(rows.map(meanDistance))),
      })),
    ],
  };
}

/** Mean absolute difference of all pairs of numbers. */
const meanDistance = (row: readonly number[]): number =>
  mean(row.flatMap((a, i) => row.slice(i + 1).map((b) => Math.abs(a - b))));

/**
 * Teachers on the same prompts: what moves the answers of each, and how every two of them differ. Intervals are percentile
 * bootstraps over prompts, in which both sides of a difference keep their prompt.
 * @param seed of the bootstrap
 */
export function sideBySide(teachers: readonly TeacherPrompts[], seed: number): SideBySide {
  const common = promptsIn(teachers.flatMap(({ means, facets }) => [means, ...facets.map(({ moves }) => moves)]));
  return {
    prompts: common.length,
    lines:
      common.length === 0
        ? []
        : teachers.flatMap(({ teacher, means, facets }) =>
            facets.map(({ facet, asked, moves }) => ({
              ...{ teacher, facet, asked },
              mean: mean(common.map((prompt) => total(means.get(prompt)!))),
              moves: meanOver(
                common.map((prompt) => moves.get(prompt)!),
                seed,
              ),
            })),
          ),
    pairs: teachers.flatMap((a, i) => teachers.slice(i + 1).flatMap((b) => pairOf(a, b, seed))),
  };
}

function pairOf(a: TeacherPrompts, b: TeacherPrompts, seed: number): SideBySide['pairs'] {
  const prompts = promptsIn([a.means, b.means]);
  if (prompts.length === 0) return [];
  const [one, other] = [a, b].map(({ means }) => prompts.map((prompt) => means.get(prompt)!)) as [
    (readonly number[])[],
    (readonly number[])[],
  ];
  const differenceOf = (of: string, first: readonly number[], second: readonly number[]) => ({
    ...{ of, a: mean(first), b: mean(second) },
    ...meanOver(
      second.map((value, i) => value - first[i]!),
      seed,
    ),
  });
  return [
    {
      ...{ a: a.teacher, b: b.teacher, prompts: prompts.length },
      distance: meanOver(
        one.map((actions, i) => mean(actions.map((p, action) => Math.abs(p - other[i]![action]!)))),
        seed,
      ),
      pearson: pearson(one.flat(), other.flat()),
      differences: [
        differenceOf('mean', one.map(total), other.map(total)),
        ...a.facets.flatMap(({ facet, moves }) => {
          const others = b.facets.find((same) => same.facet === facet)?.moves;
          if (!others) return [];
          const both = promptsIn([moves, others]);
          if (both.length === 0) return [];
          const of = (side: ReadonlyMap<number, number>) => both.map((prompt) => side.get(prompt)!);
          return [differenceOf(facet, of(moves), of(others))];
        }),
      ],
    },
  ];
}

const total = (actions: readonly number[]): number => actions.reduce((sum, p) => sum + p, 0);

/** Prompts that all have, in ascending order. */
const promptsIn = ([first, ...others]: readonly ReadonlyMap<number, unknown>[]): number[] =>
  [...(first?.keys() ?? [])].filter((prompt) => others.every((other) => other.has(prompt))).sort((a, b) => a - b);

function meanOver(values: readonly number[], seed: number): { readonly value: number } & Interval {
  const [interval] = bootstrap(
    values.length,
    (rows) => [rows.reduce((sum, row) => sum + values[row]!, 0) / rows.length],
    { seed },
  );
  return { value: mean(values), ...interval! };
}
