import { join } from 'node:path';

/** A GGUF teacher with a name of its own: bundled with the package, or downloaded by `understudy pull NAME`. */
export interface NamedModel {
  readonly name: string;
  /** Path under data/ for a bundled one; file name in the workspace's models/teachers/ for one that is pulled. */
  readonly file: string;
  readonly bundled: boolean;
  /** What a person should know before trusting it. */
  readonly caveat?: string;
}

export const namedModels: readonly NamedModel[] = [
  {
    name: 'tiny',
    file: 'teachers/tiny.gguf',
    bundled: true,
    caveat: 'a bundled stand-in of 0.4 M parameters that verbalises a planted rule; it is not Gemma',
  },
  { name: 'gemma-3-4b', file: 'gemma-3-4b.gguf', bundled: false },
];

/**
 * Where `pull` puts a model and where it is opened from. Beside `gguf` lies `provenance`, a JSON object whose `sha256`
 * (lower-case hex) the model file is checked against before it is loaded.
 */
export function pulledPaths(workspace: string, name: string): { readonly gguf: string; readonly provenance: string } {
  const at = (file: string) => join(workspace, 'models', 'teachers', file);
  return { gguf: at(`${name}.gguf`), provenance: at(`${name}.json`) };
}
