import { workspace } from '../../workspace/paths.ts';
import { readStability, type StudyStability } from '../../workspace/stability.ts';
import type { SelfDistance } from '../protocol/hello.ts';
import { messageOf } from './cast.ts';

/** Mean distance of two draws from a normal distribution of standard deviation 1: 2 / √π. */
const MEAN_DIFFERENCE = 2 / Math.sqrt(Math.PI);

/**
 * How far two single answers of the teacher to one question lie apart, from the stability study of a workspace: what a
 * distance between it and a student is to be held against.
 * @param ids what the teacher of the viewer is called: its name, and its id once it has opened
 */
export async function selfDistanceOf(directory: string, ids: readonly string[]): Promise<SelfDistance> {
  const [teacher] = ids as [string];
  const unknown = (words: string): SelfDistance => ({ teacher, reruns: null, words });
  let study: StudyStability | undefined;
  try {
    study = await readStability(workspace(directory));
  } catch (error) {
    return unknown(`unknown: ${messageOf(error)}`);
  }
  if (!study) return unknown('unknown: run `understudy stability`');
  if (![study.teacher, study.teacherId].some((asked) => asked !== undefined && ids.includes(asked)))
    return unknown(
      `unknown: the stability study here is of ${study.teacher}; run \`understudy stability\` for ${teacher}`,
    );
  const wordings = study.facets?.paraphrase?.meanAbsoluteDifference;
  const more = { ...(typeof wordings === 'number' && { wordings: Math.min(1, wordings) }) };
  if (study.elicitation === 'greedy')
    return {
      ...unknown('unknown: the stability study asked for the likeliest reply only, which shows no noise'),
      ...more,
    };
  return {
    teacher,
    reruns: Math.min(1, distanceOf(study)),
    ...more,
    words: `two single answers to the same question, at temperature ${study.temperature}: ${study.prompts} prompts of this workspace's stability study, ${study.runs} answers each, taken as normally distributed`,
  };
}

/** Mean total variation of two answers. */
function distanceOf({ std, actions }: StudyStability): number {
  if (!actions) return MEAN_DIFFERENCE * std.sample;
  return (MEAN_DIFFERENCE * Object.values(actions).reduce((sum, action) => sum + action.std.sample, 0)) / 2;
}
