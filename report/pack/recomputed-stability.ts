import { readFile } from 'node:fs/promises';
import { UnderstudyError } from '../../env/error.ts';
import { ENOUGH } from '../../measure/stability/asking.ts';
import { crossable, facets } from '../../measure/stability/design.ts';
import { countOutcomes, type Reading, type Setting } from '../../measure/stability/interview.ts';
import { type FacetPlan, type Plan, runSeeds, settingsOf } from '../../measure/stability/plan.ts';
import { promptsOf, sideBySide, type TeacherPrompts } from '../../measure/stability/side-by-side.ts';
import { lexicalSpace, type TextSpace, wordSpace } from '../../measure/stability/similarity.ts';
import { reportOf } from '../../measure/stability/stability.ts';
import type { Answer, ChoiceReading, NumberDistribution, Rung } from '../../policies/policy.ts';
import { countRungs } from '../../policies/rungs.ts';
import { csvRows } from '../../workspace/csv.ts';
import type { Workspace } from '../../workspace/paths.ts';
import { RERUNS, readingDesign, readStability, type StudyStability } from '../../workspace/stability.ts';
import { type Check, checkOf, tableFaults } from './check.ts';
import { differences } from './differences.ts';

const READINGS = ['expected', 'choice'] as const satisfies readonly Reading[];

type Rows = readonly Readonly<Record<string, string>>[];
type Study = Omit<StudyStability, 'beside' | 'sideBySide' | 'unreached'>;

/** What tables of earlier versions do not tell: how all questions ended, and readings that serve no design. */
const OF_READINGS = ['outcomes', 'rungs', 'predictedSd', 'choices'];

/**
 * The whole stability study, computed again from the answers in stability.csv: reruns, facets, variance components and
 * teachers side by side. Nothing where there was no study.
 */
export async function stabilityCheck(paths: Workspace): Promise<Check[]> {
  const kept = await readStability(paths);
  if (!kept) return [];
  const { beside = [], sideBySide: together, unreached: _, ...first } = kept;
  const rows = csvRows(await readFile(paths.stabilityTable, 'utf8').catch(() => ''));
  const faults: string[] = [];
  const open: string[] = [];
  const prompts: TeacherPrompts[] = [];
  const place = (path: string) => (one: string) => `results/metrics/stability.json, ${path}${one}`;
  for (const [i, study] of [first, ...beside].entries()) {
    const own = rows.filter(({ teacher = first.teacher }) => teacher === study.teacher);
    const again = recomputed(study, own);
    open.push(...again.open.map((one) => (beside.length > 0 ? `${study.teacher}: ${one}` : one)));
    const ignored = new Set(['reason', ...again.ignored]);
    // Numbers that are undefined are null in a file.
    const known = JSON.parse(JSON.stringify(study));
    const made = JSON.parse(JSON.stringify(again.report));
    const named = Object.fromEntries(Object.keys(made).map((name) => [name, known[name]]));
    faults.push(...differences(named, made, ignored).map(place(i === 0 ? '' : `beside[${study.teacher}].`)));
    prompts.push(again.prompts);
  }
  if (together) {
    const made = JSON.parse(JSON.stringify(sideBySide(prompts, kept.seed)));
    faults.push(...differences(JSON.parse(JSON.stringify(together)), made, new Set()).map(place('sideBySide.')));
  }
  return [
    checkOf('stability', [...faults, ...(await tableFaults(paths.stability))]),
    ...(open.length > 0
      ? [{ what: 'parts of the stability study', outcome: 'not checked' as const, details: open }]
      : []),
  ];
}

/** A study from the answers of one teacher. */
function recomputed(study: Study, rows: Rows) {
  const names = Object.keys(study.actions ?? {});
  const answerOf = (row: Rows[number]): Answer => ({
    outcome: row.outcome as Answer['outcome'],
    ...(row.outcome === 'ok' && {
      probabilities:
        names.length > 0
          ? names.map((action) => Number(row[`P(${action})`]))
          : [1 - Number(row.probability), Number(row.probability)],
    }),
    ...(row.explanation && { explanation: row.explanation }),
    ...(row.rung && { rung: row.rung as Rung }),
    ...(row.sd && { distribution: { sd: Number(row.sd) } as NumberDistribution }),
    ...(row.mass && {
      choice: {
        letters: Array.from({ length: Number(row.option_orders) }, () => []),
        mass: Number(row.mass),
        ...(row.bias && { bias: Number(row.bias) }),
      } as unknown as ChoiceReading,
    }),
  });
  const answers = new Map<Setting, Answer[]>();
  /** A setting for each row that every prompt of a design has, in their order. */
  const settingsIn = (design: string): { setting: Setting; row: Rows[number] }[] => {
    const prompts = new Map<string, Rows[number][]>();
    for (const row of rows.filter((one) => (one.design ?? RERUNS) === design))
      prompts.set(row.prompt!, [...(prompts.get(row.prompt!) ?? []), row]);
    const all = [...prompts.values()];
    const uneven = all.find(({ length }) => length !== all[0]!.length);
    if (uneven)
      throw new UnderstudyError(
        'DISTILL_FILE',
        `results/metrics/stability.csv has ${uneven.length} rows of ${design} for prompt ${uneven[0]!.prompt}, and ${all[0]!.length} for prompt ${all[0]![0]!.prompt}`,
      );
    return (all[0] ?? []).map((row, s) => {
      const setting: Setting = { order: 0, paraphrase: 0 };
      answers.set(setting, all.map((own) => answerOf(own[s]!))); // biome-ignore format: one line
      return { setting, row };
    });
  };
  const reruns = settingsIn(RERUNS);
  const askedOf = (facet: string) => (study.facets?.[facet]?.asked ?? 'sample') as FacetPlan['asked'];
  const alone = facets
    .filter((facet) => facet !== 'seed' && study.facets?.[facet])
    .map((facet): FacetPlan => {
      const levelOf = (row: Rows[number]) => String(row[facet]);
      const settings = settingsIn(`alone:${facet}`);
      return {
        ...{ facet, asked: askedOf(facet) },
        levels: study.facets![facet]!.levels.map((name) => ({
          name,
          settings: settings.filter(({ row }) => levelOf(row) === name).map(({ setting }) => setting),
        })),
      };
    });
  const cells = settingsIn('crossed');
  /** Readings of each prompt's decision, by how they were made. */
  const readings = new Map(
    READINGS.flatMap((elicit) => {
      const own = rows.filter(({ design }) => design === readingDesign(elicit));
      return own.length === 0 ? [] : [[elicit as string, own.map(answerOf)] as const];
    }),
  );
  const usable = (all: readonly Answer[]) => all.filter(({ outcome }) => outcome === 'ok').length;
  const readable = [...readings.keys()].find((elicit) => usable(readings.get(elicit)!) >= ENOUGH);
  const plan: Plan = {
    seed: {
      facet: 'seed',
      asked: study.elicitation === 'greedy' ? 'greedy' : 'sample',
      levels: reruns.map(({ setting, row }) => ({
        name: study.elicitation === 'greedy' ? `repeat ${row.run}` : row.seed!,
        settings: [setting],
      })),
    },
    ...{
      reading: readable === undefined ? undefined : { order: 0, paraphrase: 0, elicit: readable as Reading },
      alone,
    },
    crossed:
      cells.length === 0
        ? undefined
        : {
            factors: crossable
              .filter((facet) => study.components?.facets.includes(facet))
              .map((facet) => ({ facet, levels: new Set(cells.map(({ row }) => row[facet])).size })),
            replications: Math.max(...cells.map(({ row }) => Number(row.run))) + 1,
            settings: cells.map(({ setting }) => setting),
          },
  };
  const source = { answers: (setting: Setting) => answers.get(setting) ?? readings.get(setting.elicit!)! };
  const texts = [plan.seed, ...alone]
    .flatMap(settingsOf)
    .flatMap((setting) => source.answers(setting).flatMap(({ explanation }) => explanation ?? []));
  const { method } = study.cosine;
  const embedded = method.startsWith('embedding');
  const space: TextSpace = embedded || method.startsWith('lexical') ? lexicalSpace : wordSpace(texts);
  const earlier = rows[0]?.option_orders === undefined;
  const each = earlier ? [] : distinct(rows).map(answerOf);
  const left = earlier ? OF_READINGS.filter((name) => study[name as keyof Study] !== undefined) : [];
  return {
    report: {
      ...reportOf(
        plan,
        {
          actions: names.length > 0 ? names : ['', study.action ?? ''],
          facets: facets.filter((facet) => study.facets?.[facet]),
        },
        {
          ...source,
          has: ({ elicit }) => readings.has(elicit!),
          outcomes: () => countOutcomes(each),
          rungs: () => countRungs(each),
        },
        space,
        study as Parameters<typeof reportOf>[4],
      ),
      ...settingsOfRows(
        study,
        rows.filter((row) => (row.design ?? RERUNS) === RERUNS),
      ),
    },
    prompts: promptsOf(study.teacher, plan, source),
    ignored: [...(embedded ? ['cosine'] : method.startsWith('lexical') ? ['method', 'coverage'] : []), ...left],
    open: [
      ...(embedded ? ['how alike explanations are was compared by an embedding model, which is not in a pack'] : []),
      ...(left.length > 0 ? [`${left.join(', ')}: the table is of an earlier version and lacks readings`] : []),
    ],
  };
}

/** What was asked for, as the rows of the reruns have it. */
function settingsOfRows({ temperature, seed, prompts }: Study, reruns: Rows): Partial<Study> {
  if (reruns[0]?.run === undefined) return {};
  const first = reruns.filter(({ prompt }) => prompt === reruns[0]!.prompt);
  const seeds = first.flatMap(({ seed }) => (seed ? [Number(seed)] : []));
  const drawn = runSeeds(seed, seeds.length);
  return {
    prompts: reruns.length === 0 ? prompts : new Set(reruns.map(({ prompt }) => prompt)).size,
    runs: first.length,
    temperature: first[0]!.temperature ? Number(first[0]!.temperature) : temperature,
    // A seed that draws other seeds is not the one.
    seed: seeds.every((one, i) => one === drawn[i]) ? seed : Number.NaN,
  };
}

/** Every question once: an answer that serves two designs is in both. */
function distinct(rows: Rows): Rows {
  const known = new Set<string>();
  return rows.filter((row) => {
    const { design = RERUNS, prompt, temperature, seed, order, paraphrase, batch, run } = row;
    // The crossed design draws with seeds of its own.
    if (design === 'crossed') return true;
    const key = JSON.stringify([prompt, temperature, seed, temperature === '0' && run, order, paraphrase, batch]);
    if (known.has(key)) return false;
    known.add(key);
    return true;
  });
}
