import { UnderstudyError } from '../../env/error.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import type { WorkOptions } from '../../env/work.ts';
import type { Answer, Teacher } from '../../policies/policy.ts';
import { currentShard } from '../../policies/shards/current.ts';
import { ELSEWHERE } from '../../policies/shards/elsewhere.ts';
import type { Design } from './design.ts';
import type { Interview, Reading, Setting } from './interview.ts';
import { costOf, type Plan, planOf, readingBy, settingsOf } from './plan.ts';

/** How a teacher's decisions are read without drawing, or the reason why they are not. */
export function readingOf({ decidesBy }: Teacher, { actions }: Vocabulary): Reading | { readonly why: string } {
  if (actions.length === 2) return 'expected';
  if (decidesBy === undefined || decidesBy === 'expected' || decidesBy === 'choice') return decidesBy ?? 'expected';
  return { why: `with ${actions.length} actions its decisions are ${decidesBy} replies` };
}

/** Asks everything, the reading first: whether the teacher has one decides what else is asked. */
export async function asked(
  interview: Interview,
  reading: ReturnType<typeof readingOf>,
  design: Design,
  name: string,
  log: WorkOptions['log'],
): Promise<Plan> {
  const hoped = typeof reading === 'string' ? reading : undefined;
  let plan = planOf(design, hoped);
  const count = () => {
    const parts = costOf(plan).map(({ part, settings }) => [part, settings * interview.prompts] as const);
    interview.planned = parts.reduce((sum, [, questions]) => sum + questions, 0);
    const words = parts.map(([part, questions]) => `${part} ${questions.toLocaleString('en-US')}`);
    return `${name} is asked ${interview.planned.toLocaleString('en-US')} questions: ${words.join(', ')}`;
  };
  log?.(count());
  const reason = typeof reading === 'string' ? await unreadable(interview, reading) : reading.why;
  if (reason !== undefined) {
    plan = planOf(design, undefined);
    const words = count();
    if (plan.alone.some(({ facet }) => facet !== 'temperature')) {
      log?.(`order, paraphrase and batch are measured by samples, which carry noise: ${reason}`);
      if (hoped) log?.(words);
    }
    // A reading that was asked in vain is not in the plan.
    if (hoped && interview.has(readingBy(hoped))) interview.planned += interview.prompts;
  }
  const { seed, alone, crossed } = plan;
  await interview.ask([...settingsOf(seed), ...alone.flatMap(settingsOf), ...(crossed?.settings ?? [])]);
  return plan;
}

/** Prompts whose decision must be readable for a teacher to count as one whose decisions are. */
export const ENOUGH = 2;

/** Reads every prompt's decision; the reason where the teacher has none to read. */
async function unreadable(interview: Interview, reading: Reading): Promise<string | undefined> {
  const setting = readingBy(reading);
  try {
    await interview.ask([setting]);
  } catch (error) {
    if (error instanceof UnderstudyError && error.code === 'TEACHER_UNSUPPORTED') return error.message;
    throw error;
  }
  const answers = await enoughOf(interview, setting);
  if (usableIn(answers) >= ENOUGH) return undefined;
  const first = answers.find(({ outcome }) => outcome !== 'ok');
  const what = reading === 'choice' ? 'the choice between the options' : 'the distribution of the number';
  return `${what} cannot be read: ${first?.reason ?? first?.outcome}`;
}

/**
 * The answers to a setting. What the rest of a study asks depends on whether there are enough that can be used, and every shard
 * has to come to the same conclusion: one whose own do not tell asks prompts of other shards until it knows.
 */
async function enoughOf(interview: Interview, setting: Setting): Promise<readonly Answer[]> {
  const all = interview.answers(setting);
  const known = all.filter((answer) => answer !== ELSEWHERE);
  const others = all.flatMap((answer, prompt) => (answer === ELSEWHERE ? [prompt] : []));
  const shard = currentShard();
  for (let from = 0; shard && from < others.length && usableIn(known) < ENOUGH; ) {
    // Twice as many each time: a teacher that cannot be read is found out in a few rounds.
    const some = others.slice(from, from + Math.max(ENOUGH, from));
    known.push(...(await shard.beyond(() => interview.askSome(setting, some))));
    from += some.length;
  }
  return known;
}

const usableIn = (answers: readonly Answer[]): number => answers.filter(({ outcome }) => outcome === 'ok').length;
