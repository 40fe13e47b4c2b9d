import { UnderstudyError } from '../../../env/error.ts';
import { suggestion } from '../../../env/suggestion.ts';
import { isModelName, type NamedModel } from '../catalog.ts';

/** @throws {UnderstudyError} PULL_MODEL for a name outside the table that cannot be given to a model */
export function requireUsable(model: string, from: string | undefined, models: readonly NamedModel[]): void {
  const names = models.map(({ name }) => name);
  if (from === undefined) {
    const meant = suggestion(model, names);
    throw new UnderstudyError(
      'PULL_MODEL',
      `unknown model: ${model} (known: ${names.join(', ')})${meant ? `; did you mean ${meant}?` : '; any other GGUF with --from URL or --from FILE'}`,
    );
  }
  if (!isModelName(model))
    throw new UnderstudyError(
      'PULL_MODEL',
      `a model's name is up to 100 letters, digits, . - and _, and begins with a letter or a digit; got "${model}"`,
    );
  if (OTHER_POLICIES.includes(model))
    throw new UnderstudyError('PULL_MODEL', `${model} is the name of another policy; choose a different one`);
}

/** Names that `--teacher` and `--policy` take for something else. */
const OTHER_POLICIES = ['oracle', 'uniform'];

/** Where --from points: a page of the hub about a file stands for the file itself. */
export function sourceOf(from: string, hub: string): string {
  if (!/^https?:/i.test(from)) return from;
  if (!URL.canParse(from)) throw new UnderstudyError('PULL_MODEL', `--from ${from} is no URL`);
  const url = new URL(from);
  if (url.origin === new URL(hub).origin)
    url.pathname = url.pathname.replace(/^(\/[^/]+\/[^/]+)\/blob\//, '$1/resolve/');
  return url.href;
}

/** What to do with a file that is not the one its name stands for. */
export const underAnotherName = (from: string) =>
  `to use it all the same, take it under a name of its own: understudy pull NAME ${from}`;
