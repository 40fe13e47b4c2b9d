import { type NamedModel, namedModels } from '../../policies/models/catalog.ts';

/** Whose decisions a student has learned, and on what terms. */
export interface Provenance {
  readonly id: string;
  readonly licence: string;
  readonly caveat?: string;
}

const own = 'MIT, like this project';
const gemma =
  "Gemma Terms of Use (https://ai.google.dev/gemma/terms). Gemma's terms count a model trained on its output as a derivative: pass them on with this file.";
const unknown = 'unknown: the data do not say which model made the labels; its terms may bind this file';

/** Names of teachers by their terms; the first that matches an id counts. Gemma 4 is Apache-2.0. */
const terms: readonly (readonly [RegExp, string])[] = [
  [/^(tiny|oracle)(-[0-9a-f]{12})?$/, own],
  [/gemma[-_ ]?4(?!b)/i, 'Apache-2.0'],
  [/gemma/i, gemma],
];

/**
 * The provenance of a student from the teacher ids that its rows name.
 * @param ids one for each row; undefined where a row names none
 */
export function provenanceOf(ids: readonly (string | undefined)[]): Provenance {
  const distinct = [...new Set(ids.map((id) => id ?? 'unknown'))];
  const licences = new Set(distinct.map((id) => terms.find(([name]) => name.test(id))?.[1] ?? unknown));
  // A teacher's id is its name and a hash.
  const named = ({ name }: NamedModel) => distinct.some((id) => id === name || id.startsWith(`${name}-`));
  const caveats = namedModels.filter((model) => model.caveat && named(model));
  return {
    id: distinct.join(', '),
    licence: [...licences].join('; '),
    ...(caveats.length > 0 && { caveat: caveats.map(({ caveat }) => caveat).join('; ') }),
  };
}
