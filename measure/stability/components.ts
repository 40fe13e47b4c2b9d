import type { Factor } from '../../stats/factorial-design.ts';
import { pooledVarianceComponents } from '../../stats/variance-components.ts';
import type { ComponentsReport } from '../../workspace/stability.ts';
import type { Facet } from './design.ts';
import type { AnsweredSettings } from './interview.ts';
import type { CrossedPlan } from './plan.ts';
import { completeRatings, levelMeansOf, type Table } from './ratings.ts';

const SEED = 'seed';

/** Prompts and what their reruns leave: the one-way design. @param ratings shape [actions][prompts][runs] */
export function oneWayComponents(ratings: readonly Table[], seed: number): ComponentsReport {
  const runs = ratings[0]![0]!.length;
  return report(ratings, [], runs, seed, `prompt, ${runs} seeds in each`);
}

/** @throws {UnderstudyError} DISTILL_ANSWERS where fewer than two prompts were answered in every cell */
export function crossedComponents(plan: CrossedPlan, interview: AnsweredSettings, seed: number): ComponentsReport {
  const answers = plan.settings.map((setting) => [interview.answers(setting)]);
  const ratings = levelMeansOf(completeRatings(answers, 'in every cell of the crossed design'));
  const factors = plan.factors.map(({ facet, levels }): Factor & { readonly name: Facet } => ({
    name: facet,
    levels,
    ...(facet === 'order' && { nestedIn: ['prompt'] }),
  }));
  const crossed = factors.filter(({ nestedIn }) => !nestedIn).map(({ name }) => name);
  const nested = factors.filter(({ nestedIn }) => nestedIn).map(({ name }) => `(${name}:prompt)`);
  const design = `${['prompt', ...crossed, ...nested].join(' × ')}, ${plan.replications} seeds in each cell`;
  return report(ratings, factors, plan.replications, seed, design);
}

function report(
  ratings: readonly Table[],
  facets: readonly (Factor & { readonly name: Facet })[],
  repetitions: number,
  seed: number,
  design: string,
): ComponentsReport {
  const factors: Factor[] = [{ name: 'prompt', levels: ratings[0]!.length }, ...facets];
  const repeated = { name: SEED, levels: repetitions, nestedIn: factors.map(({ name }) => name) };
  const { observations, total, components } = pooledVarianceComponents(
    ratings.map((of) => of.flat()),
    [...factors, repeated],
    { seed },
  );
  const varied = [...facets.map(({ name }) => name), SEED] as const;
  return {
    design,
    facets: varied,
    prompts: ratings[0]!.length,
    observations,
    total,
    effects:
      total === 0
        ? []
        : components.map((component) => ({
            ...component,
            effect: component.effect.startsWith(`${SEED}:`) ? 'residual' : component.effect,
          })),
    ...(total === 0 && { reason: `undefined: no variance: all ${observations} answers are equal` }),
  };
}
