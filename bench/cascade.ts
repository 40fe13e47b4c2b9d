import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { certify } from '../measure/certificate.ts';
import { AskedOnce } from '../policies/asked-once.ts';
import { cascade } from '../policies/cascade/cascade.ts';
import { openPolicy } from '../policies/open.ts';
import type { Policy } from '../policies/policy.ts';
import { errorByQuestions, type QuestionedError } from '../report/figures/error-by-questions.ts';
import { toSvg } from '../report/figures/render.ts';
import { light } from '../report/figures/theme.ts';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { run } from '../sim/run.ts';
import { mean } from '../stats/moments.ts';

const BUDGETS = [50, 100, 200, 400, 800, 1600, 3200];
/** So many that luck moves no digit that is shown. */
const AGENTS = 1_000_000_000;

/**
 * What questions to a teacher buy: `npm run bench -- cascade [WORLDS]`. How far a population is from the one that the oracle would
 * have brought about, in the mean over some courses of the world: its sales, and its decisions, in total variation. Of the
 * student:logistic alone, of cascades of it and of three students, and, for the sales, of the certificate's estimate. A table, and
 * docs/cost-fidelity.svg.
 */
export async function cascades(worlds = 1): Promise<void> {
  const scenario = iceCream;
  await using oracle = await openPolicy('oracle', { scenario });
  const students = await Promise.all(
    ['logistic', 'mlp', 'encoder'].map((name) => openPolicy(`student:${name}`, { scenario })),
  );
  const [logistic] = students as [Policy, ...Policy[]];
  const teacher = new AskedOnce(scenario, oracle);
  const seeds = Array.from({ length: worlds }, (_, seed) => seed);
  const truth: number[] = [];
  /** Both errors of a policy. */
  const errorsOf = async (policy: Policy) => {
    const [sales, decisions]: [number[], number[]] = [[], []];
    for (const seed of seeds) {
      const played = await run({ scenario, policy, twin: teacher, agents: AGENTS, seed, cohorts: true });
      truth[seed] = played.measures.sales! - played.gap!.sales!;
      sales.push(Math.abs(played.gap!.sales!) / truth[seed]!);
      decisions.push(played.split!.totalVariation.mean);
    }
    return { sales: mean(sales), decisions: mean(decisions) };
  };
  const sales: QuestionedError[] = [];
  const decisions: QuestionedError[] = [];
  const tell = (series: string, questions: number, error: { readonly sales: number; readonly decisions?: number }) => {
    sales.push({ series, questions, error: error.sales });
    if (error.decisions !== undefined) decisions.push({ series, questions, error: error.decisions });
    const said = error.decisions === undefined ? '' : `, decisions by ${error.decisions.toFixed(4)}`;
    console.log(`  ${series}, ${questions} questions: sales off by ${(100 * error.sales).toFixed(3)} %${said}`);
  };
  tell('the student alone', 0, await errorsOf(new AskedOnce(scenario, logistic)));
  const needed = teacher.size;
  /** Cascades share who is asked, and close nobody. */
  const kept = (policy: Policy): Policy => ({
    ...{ id: policy.id, scenario: policy.scenario, decide: (batch, options) => policy.decide(batch, options) },
    [Symbol.asyncDispose]: async () => {},
  });
  for (const questions of BUDGETS) {
    for (const [series, own] of [
      ['cascade of the student', [logistic]],
      ['cascade of three students', students],
    ] as const) {
      const parts = { students: own.map(kept), teacher: kept(teacher) };
      tell(series, questions, await errorsOf(new AskedOnce(scenario, cascade(scenario, { ...parts, questions }))));
    }
    const estimates: number[] = [];
    for (const seed of seeds) {
      const { outcomes } = await certify({ scenario, policy: logistic, teacher, questions, agents: AGENTS, seed });
      estimates.push(Math.abs(outcomes.sales!.teacher - truth[seed]!) / truth[seed]!);
    }
    tell('certificate of the student', questions, { sales: mean(estimates) });
  }
  const svg = await toSvg(
    errorByQuestions(
      [
        { outcome: 'error of the sales', errors: sales },
        { outcome: 'total variation of decisions', errors: decisions },
      ],
      {
        title: 'What questions to the teacher buy',
        subtitle: [
          'A population beside the one that the oracle would have brought about in the same world',
          `${worlds === 1 ? 'One course' : `Mean of ${worlds} courses`} of the world; the oracle decides ${needed.toLocaleString('en')} observations (dotted)`,
        ],
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
