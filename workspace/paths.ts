import { access, constants } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { UnderstudyError } from '../env/error.ts';

/** Where a study keeps its files; every verb reads and writes here and nowhere else. */
export interface Workspace {
  readonly root: string;
  readonly data: string;
  readonly labels: string;
  readonly train: string;
  readonly test: string;
  readonly rejects: string;
  /** NAME.onnx of each student. */
  readonly savedModels: string;
  /** NAME.json beside it: configuration and provenance. */
  readonly configs: string;
  readonly metrics: string;
  readonly plots: string;
  readonly logs: string;
  readonly report: string;
  /** Models that `pull` downloads. */
  readonly teachers: string;
}

export function workspace(directory: string): Workspace {
  const root = resolve(directory);
  const at = (...parts: string[]) => join(root, ...parts);
  return {
    root,
    data: at('data'),
    labels: at('data', 'labels.jsonl'),
    train: at('data', 'train.jsonl'),
    test: at('data', 'test.jsonl'),
    rejects: at('data', 'rejects.jsonl'),
    savedModels: at('models', 'saved_models'),
    configs: at('models', 'configs'),
    metrics: at('results', 'metrics'),
    plots: at('results', 'plots'),
    logs: at('results', 'logs'),
    report: at('results', 'report.html'),
    teachers: at('models', 'teachers'),
  };
}

/**
 * Says so before long work where its result could not be written.
 * @throws {UnderstudyError} DISTILL_FILE naming the folder
 */
export async function requireWritable(directory: string): Promise<void> {
  const folder = resolve(directory);
  const error = await access(folder, constants.W_OK).then(
    () => undefined,
    (reason: NodeJS.ErrnoException) => reason,
  );
  if (error?.code === 'ENOENT' && dirname(folder) !== folder) return requireWritable(dirname(folder));
  if (error)
    throw new UnderstudyError(
      'DISTILL_FILE',
      `${folder} cannot be written to (${error.code}); choose another --workspace`,
    );
}
