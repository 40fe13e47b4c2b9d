import type { Vocabulary } from '../../env/scenario.ts';
import { analyse, type Estimated } from '../../measure/audit/analysis.ts';
import { type AuditOptions, estimates } from '../../measure/audit/audit.ts';
import { LanguageModelTeacher } from '../../policies/models/teacher.ts';
import { openTeacher } from '../../policies/open.ts';
import { Budget, currentBudget } from '../../policies/spending/budget.ts';
import { type OpenQuestion, Rehearsal } from '../../policies/spending/rehearsal.ts';
import { spread } from '../../policies/spread.ts';
import { tQuantile } from '../../stats/t-intervals.ts';
import { workspace as paths } from '../../workspace/paths.ts';
import { readSpending } from '../../workspace/spending.ts';
import { costOfQuestions, type PlannedCost, sumOfCosts } from './cost.ts';
import type { StudyPlan } from './plan.ts';
import type { PlannedPrecision } from './precision.ts';
import { askOpen } from './probe.ts';

export interface AuditPlanOptions extends AuditOptions {
  /** Open questions that are asked now, those of whole specifications first; their answers are kept. Default none. */
  readonly probe?: number | undefined;
  /** Path of a table of prices; default: that of the limits that are held, or the package's. */
  readonly prices?: string | undefined;
}

/** Wordings below which the interval of an audit's test has no ends. */
const BOUNDED = 6;
/** Wordings that a spread is taken from at least. */
const ENOUGH = 3;

/** A language model that is asked, with what it would be asked. */
interface Rehearsed {
  readonly name: string;
  readonly rehearsal: Rehearsal;
  readonly scenario: Vocabulary;
}

interface Walked {
  readonly teachers: readonly Rehearsed[];
  readonly estimated: readonly Estimated[];
  /** Those of them in which no answer was missing. */
  readonly whole: readonly Estimated[];
  /** Questions that each specification is the first to ask. */
  readonly questions: readonly (readonly { readonly of: Rehearsed; readonly question: OpenQuestion }[])[];
  readonly way: 'asked' | 'simulated';
  /** Ids of all that decide. */
  readonly policies: readonly string[];
}

/**
 * What an audit would ask, what that costs, how long it takes and how precise its estimate will be. Nothing is asked, except for
 * a probe.
 * @throws {UnderstudyError} as `audit` does before it asks
 */
export async function planAudit(options: AuditPlanOptions): Promise<StudyPlan> {
  const { scenario, workspace = '.', probe = 0, signal, log, seed = 0, expect } = options;
  let walked = await walkAudit(options);
  let probed = 0;
  if (probe > 0) {
    const chosen = new Map<Rehearsed, OpenQuestion[]>();
    for (const asked of spread(walked.questions, walked.questions.length === 0 ? 0 : Math.max(ENOUGH, probe)))
      for (const { of, question } of asked.slice(0, probe - probed)) {
        chosen.set(of, [...(chosen.get(of) ?? []), question]);
        probed++;
      }
    for (const [{ name, scenario: world }, questions] of chosen) {
      await using teacher = await openTeacher(name, { scenario: world, workspace, labels: true, log: log ?? (() => {}), ...(signal && { signal }) }); // biome-ignore format: one line
      await askOpen(teacher, questions, signal);
    }
    if (probed > 0) walked = await walkAudit(options);
  }
  const { teachers, estimated, whole, way, policies } = walked;
  const budget = currentBudget() ?? new Budget({ prices: options.prices });
  const spent = await readSpending(paths(workspace));
  const parts: { part: string; open: number; remembered: number; cost: PlannedCost }[] = [];
  for (const { name, rehearsal, scenario: world } of teachers) {
    const { open, known } = rehearsal;
    await using teacher = await openTeacher(name, { scenario: world, workspace, labels: true, unopened: true });
    const cost = await costOfQuestions(teacher, { open, known }, { prices: budget.prices, spent, signal });
    parts.push({ part: name, open: open.length, remembered: known.length, cost });
  }
  const total = (of: 'open' | 'remembered') => parts.reduce((sum, part) => sum + part[of], 0);
  return {
    ...sumOfCosts(parts.map(({ cost }) => cost)),
    ...{ verb: 'audit', scenario: scenario.id, teacher: policies.join(', ') },
    questions: { open: total('open'), remembered: total('remembered'), probed },
    parts: parts.map(({ cost: _, ...part }) => part),
    precision: [precisionOf(estimated, whole, { expect, seed })],
    notes: [
      ...(parts.length === 0
        ? [`${policies.join(', ')} ${policies.length === 1 ? 'answers' : 'answer'} at once and cost nothing`]
        : []),
      ...(way === 'simulated' && total('open') > 0
        ? ['who meets what depends on the answers: where one is missing, every action is taken to be as likely']
        : []),
    ],
  };
}

/** Walks through every specification with a stand-in for each language model. */
async function walkAudit({ probe: _, prices: __, ...options }: AuditPlanOptions): Promise<Walked> {
  const teachers: Rehearsed[] = [];
  const whole = new Set<number>();
  const questions: Walked['questions'][number][] = [];
  const seen = new Map<string, Set<string>>();
  let made = 0;
  const before = new Map<Rehearsed, number>();
  const { estimated, way, policies } = await estimates(
    { ...options, log: () => {} },
    {
      openTeacher: async (name, opening) => {
        const teacher = await openTeacher(name, { ...opening, unopened: true });
        if (!(teacher instanceof LanguageModelTeacher)) return teacher;
        // In two worlds a teacher is there twice, and may have the same question in both.
        if (!seen.has(name)) seen.set(name, new Set());
        const rehearsal = new Rehearsal(teacher, opening.scenario, seen.get(name));
        teachers.push({ name, rehearsal, scenario: opening.scenario });
        return rehearsal;
      },
      after: (place) => {
        questions.push(
          teachers.flatMap((of) => of.rehearsal.open.slice(before.get(of) ?? 0).map((question) => ({ of, question }))),
        );
        for (const of of teachers) before.set(of, of.rehearsal.open.length);
        const now = teachers.reduce((sum, { rehearsal }) => sum + rehearsal.madeUp, 0);
        if (now === made) whole.add(place);
        made = now;
      },
    },
  );
  return { teachers, estimated, whole: estimated.filter((_, place) => whole.has(place)), questions: questions.filter((of) => of.length > 0), way, policies: Object.keys(policies) }; // biome-ignore format: one line
}

/** Half of the 95 % interval of the mean over wordings, from the spread of the wordings that are answered. */
function precisionOf(
  estimated: readonly Estimated[],
  whole: readonly Estimated[],
  analysis: Parameters<typeof analyse>[1],
): PlannedPrecision {
  const result = 'mean over wordings';
  const wordings = new Set(estimated.flatMap(({ specification: { wording } }) => (wording ? [JSON.stringify(wording)] : []))).size; // biome-ignore format: one line
  if (wordings < 2) return { result, halfWidth: null, from: 'nobody is asked in words' };
  if (wordings < BOUNDED)
    return { result, halfWidth: null, from: `without ends below ${BOUNDED} wordings; ask in more` };
  // A wording counts if it is answered in every way of asking.
  const wordingOf = ({ specification: { wording } }: Estimated) => JSON.stringify(wording);
  const open = new Set(estimated.filter((one) => !whole.includes(one)).map(wordingOf));
  const answered = whole.filter((one) => !open.has(wordingOf(one)));
  const known = answered.length > 0 ? analyse(answered, analysis).estimate : null;
  if (!known || known.wordings < ENOUGH)
    return {
      result,
      halfWidth: null,
      from: `${known?.wordings ?? 0} wordings are answered; --probe N asks whole ones`,
    };
  return {
    result,
    halfWidth: (tQuantile(0.95, wordings - 1) * known.sd) / Math.sqrt(wordings),
    from: `the spread over ${known.wordings} wordings`,
  };
}
