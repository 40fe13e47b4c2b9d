import { UnderstudyError } from '../../env/error.ts';
import { sampleObservations } from '../../env/sampling/sampling.ts';
import type { Scenario } from '../../env/scenario.ts';
import { checkEmbedder, type Embedder, openEmbedder } from '../../policies/embedder/embedder.ts';
import { borrowTeacher } from '../../policies/open.ts';
import type { Teacher } from '../../policies/policy.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { mean } from '../../stats/moments.ts';
import { workspace } from '../../workspace/paths.ts';
import type { WorkOptions } from '../../workspace/progress.ts';
import { type StabilityReport, writeStability } from '../../workspace/stability.ts';
import { completeRatings, levelMeans } from './agreement.ts';
import { crossedComponents, oneWayComponents } from './components.ts';
import { type Design, type DesignOptions, designOf } from './design.ts';
import { facetReport } from './facet.ts';
import type { Facet } from './facets.ts';
import { Interview } from './interview.ts';
import { shownInOrders } from './orders.ts';
import { costOf, type Plan, planOf, READING, settingsOf } from './plan.ts';
import { rerunStatistics } from './reruns.ts';
import { rowsOf } from './rows.ts';
import { embeddingSpace, lexicalSpace, type TextSpace, wordSpace } from './similarity.ts';

export type { StabilityReport } from '../../workspace/stability.ts';

export interface StabilityOptions extends DesignOptions, WorkOptions {
  /** A name that openTeacher knows, or a teacher, which then stays open. */
  readonly teacher: string | Teacher;
  /** What to call a teacher that is given open; default its id. */
  readonly name?: string;
  /**
   * What explanations are compared by: an embedding model by its name or path as `openEmbedder` takes it, one that is open
   * and stays so, or `words`, which counts words; default the bundled word vectors.
   */
  readonly embedder?: string | Embedder;
  readonly workspace: string;
  /** Default ice-cream-v1. */
  readonly scenario?: Scenario;
}

/**
 * Asks a teacher the same questions in ways that should make no difference, and measures how alike its answers are:
 * rerun with other seeds (standard deviation per prompt, mean absolute relative difference, the six intraclass
 * correlations, similarity of the explanations, heaping), with other temperatures, orders of the phrases, wordings and
 * batch sizes, each alone, and all of these crossed, for the share of each in the variance of an answer.
 * `planOf` says what is asked. Writes results/metrics/stability.csv (a row per prompt and asking) and stability.json.
 * Remembered answers are not asked again, so an interrupted study goes on where it stopped.
 * @throws {UnderstudyError} DISTILL_ARGUMENT; DISTILL_ANSWERS where fewer than two prompts were answered in every run, at
 *   every level of a facet or in every cell
 */
export async function stability(options: StabilityOptions): Promise<StabilityReport> {
  const { scenario = iceCream, prompts, seed, embedder, signal, progress, log } = options;
  const design = designOf(options, scenario, log);
  // What cannot be asked, or compared, is known before a model is loaded.
  planOf(design, true);
  if (typeof embedder === 'string' && embedder !== COUNTED)
    await checkEmbedder(embedder, { workspace: options.workspace, signal });
  const sample = sampleObservations(scenario, { size: prompts, order: 'canonical', seed });
  const shown = shownInOrders(scenario, sample, design.facets.includes('order') ? design.orders : 1, seed);

  const opening = { scenario, workspace: options.workspace, name: options.name, log, signal };
  await using borrowed = await borrowTeacher(options.teacher, opening);
  const { teacher, name } = borrowed;
  const interview = new Interview(teacher, name, shown, { signal, progress });
  const plan = await asked(interview, design, name, log);
  const space = await textSpace(plan, interview, options);
  const report = reportOf(plan, design.facets, interview, space, {
    scenario: scenario.id,
    teacher: name,
    teacherId: teacher.id,
    ...(teacher.caveat && { caveat: teacher.caveat }),
    elicitation: options.temperature === 0 ? 'greedy' : 'sample',
    temperature: options.temperature,
    seed,
    prompts,
    runs: options.runs,
  });
  await writeStability(workspace(options.workspace), report, rowsOf(scenario, plan, interview));
  return report;
}

/** Asks everything, the reading first: whether the teacher has a distribution to read decides what else is asked. */
async function asked(interview: Interview, design: Design, name: string, log: WorkOptions['log']): Promise<Plan> {
  let plan = planOf(design, design.scenario.actions.length === 2);
  const count = () => {
    const parts = costOf(plan).map(({ part, settings }) => [part, settings * interview.prompts] as const);
    interview.planned = parts.reduce((sum, [, questions]) => sum + questions, 0);
    const words = parts.map(([part, questions]) => `${part} ${questions.toLocaleString('en-US')}`);
    return `${name} is asked ${interview.planned.toLocaleString('en-US')} questions: ${words.join(', ')}`;
  };
  log?.(count());
  const reason = plan.reading && (await unreadable(interview));
  if (reason !== undefined) {
    plan = planOf(design, false);
    const words = count();
    if (plan.alone.some(({ facet }) => facet !== 'temperature')) {
      log?.(`order, paraphrase and batch are told by samples, which carry noise: ${reason}`);
      log?.(words);
    }
    // A reading that was asked in vain is not in the plan.
    if (interview.has(READING)) interview.planned += interview.prompts;
  }
  const { seed, alone, crossed } = plan;
  await interview.ask([...settingsOf(seed), ...alone.flatMap(settingsOf), ...(crossed?.settings ?? [])]);
  return plan;
}

/** Reads the distribution of every prompt; the reason where the teacher has none. */
async function unreadable(interview: Interview): Promise<string | undefined> {
  try {
    await interview.ask([READING]);
  } catch (error) {
    if (error instanceof UnderstudyError && error.code === 'TEACHER_UNSUPPORTED') return error.message;
    throw error;
  }
  const answers = interview.answers(READING);
  if (answers.filter(({ outcome }) => outcome === 'ok').length >= 2) return undefined;
  const first = answers.find(({ outcome }) => outcome !== 'ok');
  return `the distribution of the number cannot be read: ${first?.reason ?? first?.outcome}`;
}

/** The name of the comparison by counted words, in the place of an embedding model's. */
const COUNTED = 'words';

/** What explanations are compared in; opens the embedding model if there is one. */
async function textSpace(
  { seed, alone }: Plan,
  interview: Interview,
  { embedder, workspace, signal, progress, log }: StabilityOptions,
): Promise<TextSpace> {
  if (embedder === COUNTED) return lexicalSpace;
  const texts = [seed, ...alone]
    .flatMap(settingsOf)
    .flatMap((setting) => interview.answers(setting).flatMap(({ explanation }) => explanation ?? []));
  if (embedder === undefined) return wordSpace(texts);
  const work = { signal, progress };
  if (typeof embedder !== 'string') return embeddingSpace(embedder, texts, work);
  await using opened = await openEmbedder(embedder, { workspace, log, signal });
  return await embeddingSpace(opened, texts, work);
}

type Head = Pick<
  StabilityReport,
  'scenario' | 'teacher' | 'teacherId' | 'caveat' | 'elicitation' | 'temperature' | 'seed' | 'prompts' | 'runs'
>;

function reportOf(
  plan: Plan,
  facets: readonly Facet[],
  interview: Interview,
  space: TextSpace,
  head: Head,
): StabilityReport {
  const seedFacet = facetReport(plan.seed, interview, space);
  const answers = plan.seed.levels.map(({ settings }) => settings.map((setting) => interview.answers(setting)));
  const ratings = levelMeans(completeRatings(answers, 'in every run'));
  const measured = rerunStatistics(ratings, seedFacet.icc);
  const sds = (plan.reading ? interview.answers(plan.reading) : []).flatMap(
    ({ distribution }) => distribution?.sd ?? [],
  );
  return {
    ...head,
    kind:
      head.elicitation === 'greedy' || measured.std.perPrompt.max === 0 ? 'determinism check' : 'exchangeable reruns',
    outcomes: interview.outcomes(),
    rungs: interview.rungs(),
    ...measured,
    ...(sds.length > 0 && { predictedSd: mean(sds) }),
    cosine: seedFacet.cosine,
    facets: Object.fromEntries(
      facets.map((facet) => {
        const of = plan.alone.find((alone) => alone.facet === facet);
        return [facet, of ? facetReport(of, interview, space) : seedFacet];
      }),
    ),
    components: plan.crossed
      ? crossedComponents(plan.crossed, interview, head.seed)
      : oneWayComponents(ratings, head.seed),
  };
}
