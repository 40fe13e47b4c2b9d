import { UnderstudyError } from './error.ts';
import type { ChoiceForm, PromptForm } from './scenario.ts';
import { requireMembers } from './shape.ts';
import { unknownName } from './table.ts';

/** The declared wording, checked, or a plain one that asks for the probability of every action but the first. */
export function promptForm(declared: PromptForm | undefined, actions: readonly string[], lists: Lists): PromptForm {
  const asked = actions.slice(1);
  const form = declared ?? {
    paraphrases: [
      `${lists.traits.length > 0 ? 'A person: {traits}. ' : ''}${lists.contexts.length > 0 ? 'Right now: {contexts}. ' : ''}How likely is it that this person chooses to ${asked.join(' or to ')}?`,
    ],
    none: { traits: 'nothing is known about them', contexts: 'nothing out of the ordinary' },
    question: `Reply with JSON: {${asked.map((action) => `"${action}": a number from 0.00 to 1.00`).join(', ')}, "explanation": one sentence}.`,
  };
  requireMembers('prompt', form, ['paraphrases', 'none', 'question', 'choice']);
  requireParts(form);
  requirePlaces('paraphrase', form.paraphrases, lists);
  if (form.choice) requireChoice(form.choice, form.paraphrases.length, actions, lists);
  return form;
}

/** A declaration that was not checked by a compiler may lack what its type promises. */
function requireParts({ paraphrases, none, question }: Partial<PromptForm>): void {
  const wrong = (what: string) => new UnderstudyError('SCENARIO_PROMPT', what);
  if (!Array.isArray(paraphrases) || !paraphrases.every((one) => typeof one === 'string'))
    throw wrong('prompt.paraphrases: expected a list of sentences with the places {traits} and {contexts}');
  if (paraphrases.length === 0) throw wrong('the prompt has no paraphrase');
  if (typeof question !== 'string') throw wrong('prompt.question: expected what is asked, with the form of the reply');
  if (typeof none?.traits !== 'string' || typeof none.contexts !== 'string')
    throw wrong('prompt.none: expected { traits, contexts }, the words for an empty list of each');
}

/** The phrases of a vocabulary: a place for a list without phrases may be left out. */
interface Lists {
  readonly traits: readonly string[];
  readonly contexts: readonly string[];
}

function requirePlaces(kind: string, paraphrases: readonly string[], lists: Lists): void {
  for (const [i, paraphrase] of paraphrases.entries())
    for (const [list, phrases] of Object.entries(lists)) {
      const place = `{${list}}`;
      const times = paraphrase.split(place).length - 1;
      if (times !== 1 && !(times === 0 && phrases.length === 0))
        throw new UnderstudyError(
          'SCENARIO_PROMPT',
          `${kind} ${i} must contain ${place} exactly once: "${paraphrase}"`,
        );
    }
}

function requireChoice(choice: ChoiceForm, count: number, actions: readonly string[], lists: Lists): void {
  const { paraphrases, options = {} } = choice;
  if (paraphrases && paraphrases.length !== count)
    throw new UnderstudyError(
      'SCENARIO_PROMPT',
      `the choice has ${paraphrases.length} paraphrases, and the prompt has ${count}: a choice has one for each`,
    );
  requirePlaces('paraphrase of the choice', paraphrases ?? [], lists);
  for (const action of Object.keys(options))
    if (!actions.includes(action)) throw unknownName('SCENARIO_ACTION', 'option of the choice', action, actions);
  const worded = actions.map((action) => (Object.hasOwn(options, action) ? options[action]! : action));
  const twice = worded.find((words, i) => worded.indexOf(words) !== i);
  if (twice !== undefined)
    throw new UnderstudyError('SCENARIO_PROMPT', `two options of the choice have the same words: "${twice}"`);
}
