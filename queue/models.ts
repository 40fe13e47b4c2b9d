import { existsSync } from 'node:fs';
import { UnderstudyError } from '../env/error.ts';
import type { Vocabulary } from '../env/scenario.ts';
import { namedModels, wasPulled } from '../policies/models/catalog.ts';
import { pulledModel } from '../policies/models/checks.ts';
import { modelName } from '../policies/models/gguf/backend.ts';
import { readModelFile } from '../policies/models/gguf/model-file.ts';
import { openTeacher, requireTeacherName } from '../policies/open.ts';

/** Teachers behind a server. */
const SERVED = /^(?:server|vllm|openai|anthropic|gemini|ollama):/;

/**
 * What a queue calls the model of a policy or teacher: a file by its name without the folder, as it may lie elsewhere on
 * another machine, everything else as it is written.
 * @returns undefined for what every worker has: bundled models, rules, students and recorded decisions
 */
export function modelOf(name: string, workspace: string): string | undefined {
  if (name.startsWith('gguf:')) return `gguf:${modelName(name.slice('gguf:'.length))}`;
  if (SERVED.test(name)) return name;
  const known = namedModels.find((model) => model.name === name);
  if (known ? known.bundled : !wasPulled(workspace, name)) return undefined;
  return name;
}

/**
 * The models in a policy's name, which may name several: `cascade:STUDENT,TEACHER`.
 * @returns what the queue calls each, with how it is written
 */
export function modelsIn(name: string, workspace: string): [model: string, written: string][] {
  const parts = name.startsWith('cascade:') ? name.slice('cascade:'.length).split(',') : [name];
  return parts.flatMap((written) => {
    const model = modelOf(written, workspace);
    return model === undefined ? [] : [[model, written] as [string, string]];
  });
}

/** A file of a model, with its SHA-256 as far as it is known. */
interface ModelSource {
  readonly path: string;
  readonly sha256?: string;
}

/**
 * The file of a model, and its SHA-256: that of a pulled model was noted, any other file is read through.
 * @returns undefined for a model behind a server
 */
export async function sourceOf(name: string, workspace: string): Promise<ModelSource | undefined> {
  if (SERVED.test(name)) return undefined;
  if (!name.startsWith('gguf:')) {
    const named = namedModels.find((model) => model.name === name);
    const { path, sha256 } = await pulledModel(name, named, workspace);
    return { path, ...(sha256 !== undefined && { sha256 }) };
  }
  const path = name.slice('gguf:'.length);
  if (!existsSync(path)) return { path };
  return { path, sha256: (await readModelFile(path, { remedy: 'name another file' })).sha256 };
}

/** A model of a worker. */
export interface OwnModel {
  /** What the queue calls it. */
  readonly model: string;
  /** As `--teacher` names it. */
  readonly name: string;
  readonly path?: string;
  readonly sha256?: string;
}

/**
 * Makes sure that a worker has a model before it takes jobs: a file that can be read, or a server that answers.
 * @param scenario a world to open the teacher of a server in
 * @throws {UnderstudyError} QUEUE_WORKER if it has not; as openTeacher does
 */
export async function requireModel(name: string, workspace: string, scenario: Vocabulary): Promise<OwnModel> {
  const model = modelOf(name, workspace);
  // A model that only embeds is not a teacher, and some jobs need it.
  if (!namedModels.some((known) => known.name === name && known.embeds)) requireTeacherName(name, workspace);
  if (model === undefined)
    throw new UnderstudyError(
      'QUEUE_WORKER',
      `every worker has ${name}; --teacher names models that only some have: gguf:PATH, a pulled model, server:URL#MODEL`,
    );
  const source = await sourceOf(name, workspace);
  if (source === undefined) {
    const teacher = await openTeacher(name, { scenario, workspace });
    await teacher[Symbol.asyncDispose]();
    return { model, name };
  }
  if (!existsSync(source.path))
    throw new UnderstudyError(
      'QUEUE_WORKER',
      `this machine has no ${name}: ${source.path} does not exist${name.startsWith('gguf:') ? '' : `; understudy pull ${name} --workspace ${workspace}`}`,
    );
  return { model, name, ...source };
}
