import { inProportion } from '../../distill/plan/cost.ts';
import { studySizes } from '../../distill/plan/study-sizes.ts';
import { stateCount } from '../../env/sampling/states.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import { designOf } from '../../measure/stability/design.ts';
import { costOf, planOf } from '../../measure/stability/plan.ts';
import { namedModels, wasPulled } from '../../policies/models/catalog.ts';
import { planFacts } from '../../report/planned.ts';
import { grouped } from '../../report/wording.ts';
import type { Order, WorkPlan, WorkshopState } from '../protocol/work.ts';
import { together, WORK_SEED } from './perform-work.ts';

/** Whether a teacher is somebody else's machine, or may be: its answers may cost money. */
export const isElsewhere = (teacher: string, workspace: string): boolean =>
  !/^(?:oracle$|recorded:|gguf:)/.test(teacher) &&
  !namedModels.some(({ name }) => name === teacher) &&
  !wasPulled(workspace, teacher);

/** Answers that are computed or read from a file: nobody is asked. */
const isFree = (teacher: string): boolean => /^(?:oracle$|recorded:)/.test(teacher);

export interface Planning {
  readonly scenario: Vocabulary;
  readonly workspace: string;
  /** The data set that is there. */
  readonly data: WorkshopState['data'];
}

/** What an order would do, and how many questions that takes at most. */
export function planWork(order: Order, { scenario, workspace, data }: Planning): WorkPlan {
  const questions = questionsOf(order, scenario);
  const asks = order.do !== 'train' && !isFree(order.teacher);
  return {
    questions: asks ? questions : 0,
    confirm: order.do !== 'train' && isElsewhere(order.teacher, workspace),
    words: [...askingWords(order, questions, scenario), ...replacing(order, data)],
    commands: commandsOf(order, workspace),
  };
}

/** Observations that a plan walks through at most, so that the town is not kept; what more come to is in proportion. */
const WALKED = 5000;

/**
 * What an order would ask if it is given now, what that costs and how long it takes: as `understudy plan` says it. Nobody is asked.
 * @returns a sentence; none where nobody would be asked
 */
export async function pricedWords(
  order: Order,
  { scenario, workspace }: Pick<Planning, 'scenario' | 'workspace'>,
): Promise<string[]> {
  if (order.do === 'train' || isFree(order.teacher)) return [];
  const size = Math.min(order.size, stateCount(scenario));
  const walked = Math.min(size, WALKED);
  try {
    const { plan } = await import('../../distill/plan/plan.ts');
    const planned = await plan({
      ...{ verb: order.do === 'ask' ? 'dataset' : 'study', teacher: order.teacher, workspace, scenario },
      ...{ seed: WORK_SEED, dataset: { size: walked, order: 'canonical' } },
    });
    const facts = planFacts(walked < size ? inProportion(planned, size / walked) : planned);
    const about = walked < size ? ', in proportion to those of its first observations' : '';
    return [`If it is asked now${about}: ${facts.map(([name, value]) => `${name.trim()} ${value}`).join('; ')}.`];
  } catch (error) {
    return [`What it comes to could not be found out: ${(error as Error).message}`];
  }
}

/** Questions that an order puts, whoever answers, if every answer can be read. */
function questionsOf(order: Order, scenario: Vocabulary): number {
  if (order.do === 'train') return 0;
  const size = Math.min(order.size, stateCount(scenario));
  if (order.do === 'ask') return size * readings(scenario);
  const { prompts, runs, evaluation } = studySizes(scenario, { size: order.size });
  const design = designOf({ prompts, runs, temperature: 1, seed: WORK_SEED }, scenario, undefined);
  const settings = costOf(planOf(design, 'expected')).reduce((sum, part) => sum + part.settings, 0);
  return prompts * settings + (size + evaluation) * readings(scenario);
}

/** Questions about one observation: a choice among several actions is put in several orders of them. */
const readings = ({ actions }: Vocabulary): number => (actions.length > 2 ? Math.min(4, actions.length) : 1);

function askingWords(order: Order, questions: number, scenario: Vocabulary): string[] {
  if (order.do === 'train') return ['Asks nobody.'];
  const { teacher } = order;
  const size = Math.min(order.size, stateCount(scenario));
  const about = `${grouped(size)} observation${size === 1 ? '' : 's'}`;
  if (teacher === 'oracle') return [`Takes the answers of oracle about ${about}: a rule that is computed.`];
  if (teacher.startsWith('recorded:')) return [`Reads the answers about up to ${about} from a file: nobody is asked.`];
  const what = order.do === 'study' ? ', and the same ones again, to see how steady it is' : '';
  return [
    `Puts at most ${grouped(questions)} questions to ${teacher}, about ${about}${what}. What it has answered before is not asked again; an answer that cannot be read is asked for once more.`,
  ];
}

function replacing(order: Order, data: Planning['data']): string[] {
  if (order.do === 'train')
    return [data ? `Learns from the ${grouped(data.rows)} rows of ${data.teacher}.` : 'Learns from data/train.jsonl.'];
  if (!data) return [];
  const kept = isFree(data.teacher) ? '' : '; the answers in it are kept in data/labels.jsonl';
  return [`The data set of ${grouped(data.rows)} rows of ${data.teacher} is replaced${kept}.`];
}

/** The commands that do the same. */
export function commandsOf(order: Order, workspace: string): string[] {
  const where = workspace === '.' ? '' : ` --workspace ${quoted(workspace)}`;
  const epochs = order.epochs === undefined ? '' : ` --epochs ${order.epochs}`;
  if (order.do === 'study')
    return [`understudy study --teacher ${quoted(order.teacher)} --size ${order.size}${epochs}${where}`];
  return [
    ...(order.do === 'ask'
      ? [`understudy dataset --teacher ${quoted(order.teacher)} --size ${order.size}${where}`]
      : []),
    ...together(order.students).map((kind) => `understudy train --student ${kind}${epochs}${where}`),
    `understudy evaluate${where}`,
    ...(order.report ? [`understudy visualize${where}`] : []),
  ];
}

/** A word of a command, as a shell takes it. */
export const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
