import { readFile } from 'node:fs/promises';
import { crossable, facets } from '../../measure/stability/design.ts';
import type { Setting } from '../../measure/stability/interview.ts';
import { type FacetPlan, type Plan, settingsOf } from '../../measure/stability/plan.ts';
import { promptsOf, sideBySide, type TeacherPrompts } from '../../measure/stability/side-by-side.ts';
import { lexicalSpace, type TextSpace, wordSpace } from '../../measure/stability/similarity.ts';
import { reportOf } from '../../measure/stability/stability.ts';
import type { Answer } from '../../policies/policy.ts';
import { csvRows } from '../../workspace/csv.ts';
import type { Workspace } from '../../workspace/paths.ts';
import { RERUNS, readStability, type StudyStability } from '../../workspace/stability.ts';
import { type Check, checkOf } from './check.ts';
import { differences } from './differences.ts';

type Rows = readonly Readonly<Record<string, string>>[];
type Study = Omit<StudyStability, 'beside' | 'sideBySide' | 'unreached'>;

/** What stands in no row of stability.csv: how questions ended that serve several designs, and readings of distributions. */
const ELSEWHERE = ['outcomes', 'rungs', 'predictedSd', 'choices'];

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
    const ignored = new Set(['reason', ...ELSEWHERE, ...again.ignored]);
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
    checkOf('stability', faults),
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
  });
  const answers = new Map<Setting, Answer[]>();
  /** A setting for each row that every prompt of a design has, in their order. */
  const settingsIn = (design: string): { setting: Setting; row: Rows[number] }[] => {
    const prompts = new Map<string, Rows[number][]>();
    for (const row of rows.filter((one) => (one.design ?? RERUNS) === design))
      prompts.set(row.prompt!, [...(prompts.get(row.prompt!) ?? []), row]);
    const all = [...prompts.values()];
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
  const plan: Plan = {
    seed: {
      facet: 'seed',
      asked: study.elicitation === 'greedy' ? 'greedy' : 'sample',
      levels: reruns.map(({ setting, row }) => ({
        name: study.elicitation === 'greedy' ? `repeat ${row.run}` : row.seed!,
        settings: [setting],
      })),
    },
    ...{ reading: undefined, alone },
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
  const source = { answers: (setting: Setting) => answers.get(setting)! };
  const texts = [plan.seed, ...alone]
    .flatMap(settingsOf)
    .flatMap((setting) => source.answers(setting).flatMap(({ explanation }) => explanation ?? []));
  const { method } = study.cosine;
  const embedded = method.startsWith('embedding');
  const space: TextSpace = embedded || method.startsWith('lexical') ? lexicalSpace : wordSpace(texts);
  const left = ELSEWHERE.slice(2).filter((name) => study[name as keyof Study] !== undefined);
  return {
    report: reportOf(
      plan,
      {
        actions: names.length > 0 ? names : ['', study.action ?? ''],
        facets: facets.filter((facet) => study.facets?.[facet]),
      },
      { ...source, has: () => false, outcomes: () => ({}) as never, rungs: () => ({}) as never },
      space,
      study as Parameters<typeof reportOf>[4],
    ),
    prompts: promptsOf(study.teacher, plan, source),
    ignored: embedded ? ['cosine'] : method.startsWith('lexical') ? ['method', 'coverage'] : [],
    open: [
      ...(embedded ? ['how alike explanations are was compared by an embedding model, which is not in a pack'] : []),
      ...(left.length > 0 ? [`${left.join(' and ')} are of readings that stand in no table`] : []),
    ],
  };
}
