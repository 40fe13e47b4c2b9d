import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { exactPath } from '../env/exact-path.ts';
import { certify } from '../measure/certificate.ts';
import { AskedOnce } from '../policies/asked-once.ts';
import { cascade } from '../policies/cascade/cascade.ts';
import { openPolicy } from '../policies/open.ts';
import type { Policy } from '../policies/policy.ts';
import { errorByQuestions, type QuestionedError } from '../report/figures/error-by-questions.ts';
import { toSvg } from '../report/figures/render.ts';
import { light } from '../report/figures/theme.ts';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { mean } from '../stats/moments.ts';

const BUDGETS = [50, 100, 200, 400, 800, 1600, 3200];
const AGENTS = 1_000_000;

/**
 * What questions to a teacher buy: `npm run bench -- cascade [WORLDS]`. The error of a population's sales, as a share of the
 * oracle's, in the mean over some courses of the world, computed exactly: of the student:logistic alone, of cascades of it, of a
 * cascade of three students, and of the certificate's estimate. A table, and docs/cost-fidelity.svg.
 */
export async function cascades(worlds = 5): Promise<void> {
  const scenario = iceCream;
  await using oracle = await openPolicy('oracle', { scenario });
  const students = await Promise.all(
    ['logistic', 'mlp', 'encoder'].map((name) => openPolicy(`student:${name}`, { scenario })),
  );
  const [logistic] = students as [Policy, ...Policy[]];
  const teacher = new AskedOnce(scenario, oracle);
  const seeds = Array.from({ length: worlds }, (_, seed) => seed);
  const salesOf = async (policy: Policy, seed: number) =>
    (await exactPath(scenario, policy, { seed })).measures.sales!.reduce((sum, moments) => sum + moments.mean, 0);
  const truth = await Promise.all(seeds.map((seed) => salesOf(teacher, seed)));
  const needed = teacher.size;
  const alone = await Promise.all(seeds.map((seed) => salesOf(new AskedOnce(scenario, logistic), seed)));
  const relative = (values: readonly number[]) =>
    mean(values.map((value, i) => Math.abs(value - truth[i]!) / truth[i]!));
  const errors: QuestionedError[] = [{ series: 'the student alone', questions: 0, error: relative(alone) }];
  const tell = (one: QuestionedError) => {
    errors.push(one);
    console.log(
      `  ${one.series.padEnd(28)} ${String(one.questions).padStart(5)} questions: ${(100 * one.error).toFixed(3)} %`,
    );
  };
  console.log(
    `  the student alone: ${(100 * relative(alone)).toFixed(3)} %; the oracle decides ${needed} observations`,
  );
  const kept = (policy: Policy): Policy => ({
    ...{ id: policy.id, scenario: policy.scenario, decide: (batch, options) => policy.decide(batch, options) },
    [Symbol.asyncDispose]: async () => {},
  });
  for (const questions of BUDGETS) {
    for (const [series, own] of [
      ['cascade of the student', [logistic]],
      ['cascade of three students', students],
    ] as const) {
      const policy = new AskedOnce(
        scenario,
        cascade(scenario, { students: own.map(kept), teacher: kept(teacher), questions }),
      );
      const values: number[] = [];
      for (const seed of seeds) values.push(await salesOf(policy, seed));
      tell({ series, questions, error: relative(values) });
    }
    const estimates: number[] = [];
    for (const seed of seeds) {
      const { outcomes } = await certify({ scenario, policy: logistic, teacher, questions, agents: AGENTS, seed });
      estimates.push(outcomes.sales!.teacher / AGENTS);
    }
    tell({ series: 'certificate of the student', questions, error: relative(estimates) });
  }
  const svg = await toSvg(
    errorByQuestions(
      errors,
      {
        title: 'What questions to the teacher buy',
        subtitle: `Sales of a population beside those that the oracle would have brought about, ${worlds} courses of the world`,
        outcome: 'error of the sales',
        teacher: needed,
      },
      light,
    ),
    light,
  );
  const file = fileURLToPath(new URL('../docs/cost-fidelity.svg', import.meta.url));
  await writeFile(file, svg);
  console.log(`  drawn in ${file}`);
  for (const student of students) await student[Symbol.asyncDispose]();
}
