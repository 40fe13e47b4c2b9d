import { phrasesOf } from '../../env/observation.ts';
import { sampleObservations } from '../../env/sampling/sampling.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import type { WorkOptions } from '../../env/work.ts';
import { choicesOf } from '../../policies/choices.ts';
import { checkEmbedder, type Embedder, openEmbedder } from '../../policies/embedder/embedder.ts';
import type { BatchOptions } from '../../policies/models/batch/backend.ts';
import { borrowTeacher } from '../../policies/open.ts';
import type { Teacher } from '../../policies/policy.ts';
import { eachTeacher, type GivenTeachers, severalTeachers, sideBySideProgress } from '../../policies/several.ts';
import { piecesAreDone, piecesAreOpen } from '../../policies/shards/current.ts';
import { defaultScenario } from '../../scenarios/default-scenario.ts';
import { scenarioHash } from '../../scenarios/study.ts';
import { mean } from '../../stats/moments.ts';
import { workspace } from '../../workspace/paths.ts';
import {
  RERUNS,
  readingDesign,
  type StabilityReport,
  type StabilityRow,
  writeStability,
} from '../../workspace/stability.ts';
import { facetReport, iccsOf, identicalReruns } from './agreement.ts';
import { asked, readingOf } from './asking.ts';
import { crossedComponents, oneWayComponents } from './components.ts';
import { type Design, type DesignOptions, designOf } from './design.ts';
import { askingStage, Interview, type Setting, shownInOrders } from './interview.ts';
import { type Plan, planOf, readingBy, settingsOf } from './plan.ts';
import { completeRatings, levelMeans, levelMeansOf, type Ratings } from './ratings.ts';
import { rerunStatistics, spreadOf } from './reruns.ts';
import { promptsOf, sideBySide, type TeacherPrompts } from './side-by-side.ts';
import { embeddingSpace, lexicalSpace, type TextSpace, wordSpace } from './similarity.ts';

export type { StabilityReport } from '../../workspace/stability.ts';

export interface StabilityOptions extends DesignOptions, WorkOptions {
  /**
   * A name that openTeacher knows, or a teacher, which then stays open; several are asked the same, at the same time if they are at different places.
   * Default: that of defaultTeacher.
   */
  readonly teacher?: GivenTeachers;
  /** What to call one teacher that is given open; default its id. */
  readonly name?: string;
  /**
   * What explanations are compared by: an embedding model by its name or path as `openEmbedder` takes it, one that is open
   * and stays so, or `words`, which counts words; default the bundled word vectors.
   */
  readonly embedder?: string | Embedder;
  /** How the teacher is asked in batches: all at once, replies in words; default: it is asked setting by setting. */
  readonly batch?: boolean | Omit<BatchOptions, 'journal'>;
  readonly workspace: string;
  /** Default: the world that is meant if none is named. */
  readonly scenario?: Vocabulary;
}

/**
 * Asks a teacher the same questions in ways that should make no difference, and measures how alike its answers are:
 * rerun with other seeds (standard deviation per prompt, mean absolute relative difference, the six intraclass
 * correlations, similarity of the explanations, heaping), with other temperatures, orders of the phrases, wordings and
 * batch sizes, each alone, and all of these crossed, for the share of each in the variance of an answer.
 * Of more than two actions, each is measured by itself and all but the default one together. `planOf` says what is asked.
 * With several teachers, the report is about the first that answers; the others stand beside it, each with a whole study of its
 * own, and every two are compared prompt by prompt. One that cannot be asked is left out with its reason.
 * Writes results/metrics/stability.csv (a row per prompt and asking) and stability.json.
 * Remembered answers are not asked again, so an interrupted study goes on where it stopped.
 * @throws {UnderstudyError} DISTILL_ARGUMENT; DISTILL_ANSWERS where fewer than two prompts were answered in every run,
 *   at every level of a facet or in every cell (of several teachers: by all of them)
 */
export async function stability(options: StabilityOptions): Promise<StabilityReport> {
  const { scenario = defaultScenario, seed, embedder, signal, log } = options;
  const teachers = severalTeachers(options.teacher, options.workspace);
  const design = designOf(options, scenario, log);
  // What cannot be asked, or compared, is known before a model is loaded.
  planOf(design, 'expected');
  if (typeof embedder === 'string' && embedder !== COUNTED)
    await checkEmbedder(embedder, { workspace: options.workspace, signal });
  const progress = sideBySideProgress(teachers, askingStage, options.progress);
  const made: (TeacherStudy | undefined)[] = teachers.map(() => undefined);
  const unreached = await eachTeacher(teachers, { signal, log }, async (teacher, place) => {
    made[place] = await studyOf(teacher, design, { ...options, scenario, ...(progress && { progress }) });
  });
  await piecesAreDone();
  const studies = made.filter((study) => study !== undefined);
  const [first, ...others] = studies.map(({ report }) => report);
  const report: StabilityReport = {
    ...first!,
    ...(others.length > 0 && {
      beside: others,
      sideBySide: sideBySide(
        studies.map(({ byPrompt }) => byPrompt),
        seed,
      ),
    }),
    ...(unreached.length > 0 && { unreached }),
  };
  const rows = new Map(studies.map(({ report: { teacher }, rows }) => [teacher, rows] as const));
  await writeStability(workspace(options.workspace), report, rows);
  return report;
}

/** One teacher's study: what is reported, all its answers, and what they are like prompt by prompt. */
interface TeacherStudy {
  readonly report: StabilityReport;
  readonly rows: readonly StabilityRow[];
  readonly byPrompt: TeacherPrompts;
}

/** @returns undefined in a shard, which asks and has no results */
async function studyOf(
  given: string | Teacher | undefined,
  design: Design,
  options: StabilityOptions & { readonly scenario: Vocabulary },
): Promise<TeacherStudy | undefined> {
  const { scenario, prompts, seed, signal, progress, log } = options;
  const sample = sampleObservations(scenario, { size: prompts, order: 'canonical', seed });
  const shown = shownInOrders(scenario, sample, design.facets.includes('order') ? design.orders : 1, seed);

  const { batch } = options;
  const opening = {
    ...{ scenario, workspace: options.workspace, name: options.name, log, signal },
    ...(batch && { batch: { journal: workspace(options.workspace).batches, ...(batch !== true && batch) } }),
  };
  await using borrowed = await borrowTeacher(given, opening);
  const { teacher, name } = borrowed;
  const interview = new Interview(teacher, name, shown, { signal, progress, together: Boolean(batch) });
  const plan = await asked(interview, readingOf(teacher, scenario), design, name, log);
  if (piecesAreOpen()) return undefined;
  const space = await textSpace(plan, interview, options);
  const { facets } = design;
  const report = reportOf(plan, { actions: scenario.actions, facets }, interview, space, {
    scenario: scenario.id,
    scenarioSha256: scenarioHash(scenario),
    teacher: name,
    teacherId: teacher.id,
    ...(teacher.caveat && { caveat: teacher.caveat }),
    elicitation: options.temperature === 0 ? 'greedy' : 'sample',
    temperature: options.temperature,
    seed,
    prompts,
    runs: options.runs,
    ...(scenario.actions.length === 2 && { action: scenario.actions[1]! }),
  });
  return { report, rows: rowsOf(scenario, plan, interview), byPrompt: promptsOf(name, plan, interview) };
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
  | 'scenario'
  | 'scenarioSha256'
  | 'teacher'
  | 'teacherId'
  | 'caveat'
  | 'elicitation'
  | 'temperature'
  | 'seed'
  | 'prompts'
  | 'runs'
  | 'action'
>;

/** What answers come to. @param about the actions, and the facets that are reported, the seed included if it was asked for */
export function reportOf(
  plan: Plan,
  { actions, facets }: { readonly actions: readonly string[]; readonly facets: Design['facets'] },
  interview: Pick<Interview, 'answers' | 'has' | 'outcomes' | 'rungs'>,
  space: TextSpace,
  head: Head,
): StabilityReport {
  const of = { actions, seed: head.seed };
  const seedFacet = facetReport(plan.seed, interview, space, of);
  const answers = plan.seed.levels.map(({ settings }) => settings.map((setting) => interview.answers(setting)));
  const complete = completeRatings(answers, 'in every run');
  const ratings = levelMeansOf(complete);
  const measured = rerunStatistics(ratings, seedFacet.icc);
  const sds = (plan.reading ? interview.answers(plan.reading) : []).flatMap(
    ({ distribution }) => distribution?.sd ?? [],
  );
  // A choice that was asked in vain says why by its letters.
  const chosen = readingBy('choice');
  const choices = interview.has(chosen) ? choicesOf(interview.answers(chosen)) : undefined;
  return {
    ...head,
    kind:
      head.elicitation === 'greedy' || measured.std.perPrompt.max === 0 ? 'determinism check' : 'exchangeable reruns',
    outcomes: interview.outcomes(),
    rungs: interview.rungs(),
    ...measured,
    ...(actions.length > 2 && { actions: actionsOf(actions, complete, plan, head.seed) }),
    ...(sds.length > 0 && { predictedSd: mean(sds) }),
    ...(choices && { choices }),
    cosine: seedFacet.cosine,
    facets: Object.fromEntries(
      facets.map((facet) => {
        const alone = plan.alone.find((one) => one.facet === facet);
        return [facet, alone ? facetReport(alone, interview, space, of) : seedFacet];
      }),
    ),
    components: plan.crossed
      ? crossedComponents(plan.crossed, interview, head.seed)
      : oneWayComponents(ratings, head.seed),
  };
}

/** How steady each of several actions is, by name. */
function actionsOf(
  actions: readonly string[],
  complete: Ratings,
  plan: Plan,
  seed: number,
): NonNullable<StabilityReport['actions']> {
  const identical = identicalReruns(plan.seed.asked);
  return Object.fromEntries(
    [levelMeans(complete.rest), ...levelMeansOf(complete)].map((ratings, a) => {
      const { sds: _, ...spread } = spreadOf(ratings);
      return [actions[a]!, { ...spread, icc: iccsOf([ratings], identical, seed) }];
    }),
  );
}

/**
 * A row for each prompt and asking of each design (`alone:FACET` or `crossed`). Phrases are in the order shown. Without
 * temperature and seed: a reading of the decision; at temperature 0 the greedy reply. An answer that serves
 * two designs is in both.
 */
function rowsOf(scenario: Vocabulary, plan: Plan, interview: Interview): StabilityRow[] {
  const rowOf = (design: string, prompt: number, run: number, setting: Setting): StabilityRow => {
    const { outcome, probabilities, explanation, rung, distribution, choice } = interview.answers(setting)[prompt]!;
    const read = design.startsWith(readingDesign(''));
    const { elicit, temperature, seed, order, paraphrase, batch } = setting;
    return {
      ...{ prompt, run, seed, outcome, explanation, design, paraphrase, batch, rung },
      ...phrasesOf(scenario, interview.observations(setting), prompt),
      temperature: elicit === 'greedy' ? 0 : temperature,
      probability: probabilities?.[1],
      probabilities,
      order: order === 0 ? 'canonical' : `shuffle ${order}`,
      ...(read && distribution && { sd: distribution.sd }),
      ...(read && choice && { optionOrders: choice.letters.length, mass: choice.mass, bias: choice.bias ?? undefined }),
    };
  };
  const prompts = Array.from({ length: interview.prompts }, (_, prompt) => prompt);
  const { crossed } = plan;
  const readings = (['expected', 'choice'] as const).map(readingBy).filter((setting) => interview.has(setting));
  return [
    ...prompts.flatMap((prompt) =>
      plan.seed.levels.map(({ settings }, run) => rowOf(RERUNS, prompt, run, settings[0]!)),
    ),
    ...plan.alone.flatMap(({ facet, levels }) =>
      prompts.flatMap((prompt) =>
        levels.flatMap(({ settings }) => settings.map((setting, run) => rowOf(`alone:${facet}`, prompt, run, setting))),
      ),
    ),
    ...(crossed
      ? prompts.flatMap((prompt) =>
          crossed.settings.map((setting, at) => rowOf('crossed', prompt, at % crossed.replications, setting)),
        )
      : []),
    ...readings.flatMap((setting) =>
      prompts.map((prompt) => rowOf(readingDesign(setting.elicit!), prompt, 0, setting)),
    ),
  ];
}
