import { readdir, readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, extname, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Jiti } from 'jiti';
import { defineScenario } from '../env/define-scenario.ts';
import { UnderstudyError } from '../env/error.ts';
import { guardChance } from '../env/purity.ts';
import type { Vocabulary } from '../env/scenario.ts';
import { suggestion } from '../env/suggestion.ts';
import { defineVocabulary, isVocabulary, withPolicies } from '../env/vocabulary.ts';
import { ofForm, readVocabularyFile, tableFormOf, vocabularyOf } from '../workspace/vocabulary.ts';
import { withItsPopulation } from './population.ts';

/** What a scenario file imports by the package's name: the running copy, found by its place, as nothing here depends on it. */
const runningPackage = (): Promise<object> =>
  import(new URL(`../index${extname(fileURLToPath(import.meta.url))}`, import.meta.url).href);

/** Endings of the files that can hold a scenario: modules, and data. */
const ENDINGS = ['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts', '.json'];

/** What loads modules is itself loaded when the first one is. */
const LOADER = `${sep}node_modules${sep}jiti${sep}`;

/** Values of a scenario's parameters by name. */
export type Parameters = Readonly<Record<string, number>>;

export interface LoadOptions {
  /** Which export holds the scenario. Default: the default export, or the only export that is a scenario. */
  readonly exportName?: string;
  /** Passed to an export that is a function of parameters. */
  readonly parameters?: Parameters;
}

/**
 * The scenario, or vocabulary, of a file of somebody's own, with the population that it names. A module is run: JavaScript
 * or TypeScript, whose types are not checked. Inside it, `import … from 'understudy'` or `'understudy/scenario'` is this running
 * package, wherever the file lies. A .json file declares a vocabulary.
 * @param file path, relative to the current directory
 * @throws {UnderstudyError} SCENARIO_FILE naming the file, the line where one is known, and what to do
 */
export async function loadScenario(file: string, options: LoadOptions = {}): Promise<Vocabulary> {
  const path = resolve(file);
  await requireFile(file, path);
  const vocabulary = extname(path) === '.json' ? await ofData(file, options) : await ofModule(file, path, options);
  return ofForm(await withItsPopulation(vocabulary, path), tableFormOf(vocabulary));
}

async function ofData(file: string, { exportName, parameters = {} }: LoadOptions): Promise<Vocabulary> {
  const [first] = Object.keys(parameters);
  if (exportName !== undefined)
    throw new UnderstudyError('SCENARIO_FILE', `${file} has no exports, got #${exportName}`);
  if (first !== undefined) throw new UnderstudyError('SCENARIO_FILE', `${file} has no parameters, got ${first}`);
  const declared = await readVocabularyFile(file);
  try {
    return vocabularyOf(declared);
  } catch (error) {
    if (!(error instanceof UnderstudyError)) throw error;
    throw new UnderstudyError(error.code, `${file}: ${error.message}`, { cause: error });
  }
}

/**
 * The files that a scenario is made of: its own, and those that it imports, directly or not, in the order of their paths.
 * @throws {UnderstudyError} SCENARIO_FILE as loadScenario does
 */
export async function filesOfScenario(file: string): Promise<string[]> {
  const path = resolve(file);
  await requireFile(file, path);
  if (extname(path) === '.json') return [path];
  const { files } = await runModule(file, path);
  return [...new Set([path, ...files])].sort();
}

interface LoadedModule {
  readonly module: Readonly<Record<string, unknown>>;
  /** Paths of what was read for it. */
  readonly files: readonly string[];
  /** An error of the module in words. */
  readonly at: (error: unknown) => UnderstudyError;
}

async function runModule(file: string, path: string): Promise<LoadedModule> {
  const [{ createJiti }, understudy] = await Promise.all([import('jiti'), runningPackage()]);
  const jiti = createJiti(import.meta.url, {
    interopDefault: false,
    // A cache would leave files beside the scenario; compiling one takes milliseconds.
    fsCache: false,
    virtualModules: { understudy, 'understudy/scenario': understudy },
  });
  const at = (error: unknown) => failure(file, path, error, understudy);
  // The module is loaded with guards on chance and time: what it takes aside of them is refused in its laws.
  const release = guardChance();
  const { cache } = createRequire(import.meta.url);
  const before = new Set(Object.keys(cache));
  const loaded = () => Object.keys(cache).filter((file) => !before.has(file) && !file.includes(LOADER));
  try {
    return { module: await evaluated(jiti, path), files: loaded(), at };
  } catch (error) {
    throw at(error);
  } finally {
    release();
    // Loaded again, a file that was edited meanwhile is read again.
    for (const file of loaded()) delete cache[file];
  }
}

/**
 * What a module exports. It is compiled, and so is all that it imports: imported as it is, JavaScript would find another copy
 * of this package that is installed beside it, and an edited file would not be read again.
 */
async function evaluated(jiti: Jiti, path: string): Promise<LoadedModule['module']> {
  try {
    return jiti(path);
  } catch (error) {
    if (!awaitsAtTop(error)) throw error;
    const source = await readFile(path, 'utf8');
    const options = { filename: path, ext: extname(path), async: true, forceTranspile: true };
    return (await jiti.evalModule(source, options)) as LoadedModule['module'];
  }
}

/** Whether this may be the error of a module that awaits outside of functions, and was called like a function that does not wait. */
const awaitsAtTop = (error: unknown): boolean =>
  error instanceof SyntaxError || (error instanceof ReferenceError && error.message === 'await is not defined');

async function ofModule(file: string, path: string, options: LoadOptions): Promise<Vocabulary> {
  const { module, at } = await runModule(file, path);
  const [name, found] = exportOf(file, module, options.exportName);
  let value: unknown = found;
  try {
    if (typeof value === 'function')
      value = await (value as (parameters: Parameters) => unknown)(options.parameters ?? {});
    else if (options.parameters && Object.keys(options.parameters).length > 0)
      throw new UnderstudyError(
        'SCENARIO_FILE',
        `the ${name} export takes no parameters (got ${Object.keys(options.parameters).join(', ')}); export a function of them`,
      );
    const scenario = isVocabulary(value) ? value : declared(value);
    if (scenario) {
      requireParameters(scenario, options.parameters ?? {});
      return withPolicies(scenario, policiesIn(module, name));
    }
  } catch (error) {
    throw at(error);
  }
  throw new UnderstudyError(
    'SCENARIO_FILE',
    `${file}: the ${name} export is ${wordFor(value)}, not a scenario; export default defineScenario({ … })`,
  );
}

/**
 * A scenario that declares its parameters has those that were given, and was made with them.
 * @throws {UnderstudyError} SCENARIO_PARAMETER
 */
function requireParameters({ id, parameters }: Vocabulary, given: Parameters): void {
  const names = Object.keys(parameters);
  if (names.length === 0) return;
  for (const [name, value] of Object.entries(given)) {
    const declared = parameters[name];
    const wrong = (what: string) => new UnderstudyError('SCENARIO_PARAMETER', what);
    const near = suggestion(name, names);
    if (!declared)
      throw wrong(
        `${id} has no parameter ${name} (known: ${names.join(', ')})${near ? `; did you mean ${near}?` : ''}`,
      );
    if (declared.value !== value)
      throw wrong(
        `${id} was given ${name}=${value} and declares the value ${declared.value}; pass on what the function is given`,
      );
  }
}

/** Rules that a module exports beside its scenario: functions by their names, and those in `policies`. */
function policiesIn(module: Readonly<Record<string, unknown>>, scenario: string): Vocabulary['policies'] {
  const { policies = {}, ...others } = module;
  const named = Object.entries(others).filter(
    ([name, value]) => name !== scenario && name !== 'default' && typeof value === 'function',
  );
  return { ...Object.fromEntries(named), ...(policies as object) } as Vocabulary['policies'];
}

/** A file that could hold a scenario, in the folder of another, whose name is nearly the same or lacks an ending only. */
export async function scenarioFileLike(file: string): Promise<string | undefined> {
  const names = (await readdir(dirname(resolve(file))).catch(() => [])).filter((name) =>
    ENDINGS.includes(extname(name)),
  );
  const name = basename(file);
  const near = names.find((one) => one === `${name}${extname(one)}`) ?? suggestion(name, names);
  return near && `${file.slice(0, file.length - name.length)}${near}`;
}

async function requireFile(file: string, path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  const wrong = (message: string) => new UnderstudyError('SCENARIO_FILE', message);
  if (!found) {
    const near = await scenarioFileLike(file);
    const advice =
      extname(path) === '.json'
        ? 'understudy import makes such a vocabulary of a table'
        : `understudy new ${file} writes a scenario to begin with`;
    throw wrong(`${file} does not exist; ${near === undefined ? advice : `did you mean ${near}?`}`);
  }
  if (found.isDirectory()) throw wrong(`${file} is a folder; name a file in it (${ENDINGS.join(', ')})`);
  if (!ENDINGS.includes(extname(path)))
    throw wrong(`${file} is not a scenario: expected ${ENDINGS.join(', ')}, got ${extname(path) || 'no ending'}`);
}

/** The name and value of the export that is meant. */
function exportOf(
  file: string,
  module: Readonly<Record<string, unknown>>,
  wanted?: string,
): readonly [string, unknown] {
  // A CommonJS module is what it exports.
  if (isVocabulary(module) || typeof module === 'function') return ['default', module];
  const names = Object.keys(module).filter((name) => name !== '__esModule');
  const known = names.length > 0 ? `it exports ${names.join(', ')}` : 'it exports nothing';
  const wrong = (message: string) => new UnderstudyError('SCENARIO_FILE', message);
  if (wanted !== undefined) {
    if (names.includes(wanted)) return [wanted, module[wanted]];
    const near = suggestion(wanted, names);
    throw wrong(`${file} has no export ${wanted} (${known})${near ? `; did you mean ${near}?` : ''}`);
  }
  if (module.default !== undefined) return ['default', module.default];
  const scenarios = names.filter((name) => isVocabulary(module[name]));
  if (scenarios.length === 1) return [scenarios[0]!, module[scenarios[0]!]];
  if (scenarios.length > 1) throw wrong(`${file} exports several scenarios: name one, ${file}#${scenarios[0]}`);
  throw wrong(`${file} has no default export (${known}); write export default defineScenario({ … })`);
}

type Declaration = ArgumentsOf<typeof defineScenario>[0];
type ArgumentsOf<F> = F extends (...args: infer A) => unknown ? A : never;

/** What a declaration that was not compiled declares; undefined for a value of another kind. */
function declared(value: unknown): Vocabulary | undefined {
  if (!isDeclaration(value)) return undefined;
  return 'world' in value ? defineScenario(value) : defineVocabulary(value);
}

/** Whether a value looks like what defineScenario, or defineVocabulary, takes. */
const isDeclaration = (value: unknown): value is Declaration =>
  typeof value === 'object' && value !== null && 'id' in value && 'actions' in value && 'traits' in value;

const wordFor = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : typeof value;

/** An error of somebody's module in words: what happened, and where in their files. */
function failure(file: string, path: string, error: unknown, understudy: object): UnderstudyError {
  const { message = String(error) } = error instanceof Error ? error : {};
  const [first = ''] = message.split('\n');
  const place = [...stacksOf(error), message].map((text) => placeIn(dirname(path), text)).find((found) => found);
  const where = place ? `${relative('.', place.path)}:${place.line}` : file;
  const absent = /_?understudy\.(\w+)\) is not a (?:function|constructor)/.exec(first)?.[1];
  const what =
    absent !== undefined && !(absent in understudy)
      ? absentExport(absent, Object.keys(understudy))
      : first.replace(/\s*\(?(?:[A-Za-z]:)?[/\\][^\s()]*:\d+:\d+\)?$/, '');
  return new UnderstudyError(error instanceof UnderstudyError ? error.code : 'SCENARIO_FILE', `${where}: ${what}`, {
    cause: error,
  });
}

/** The stacks of an error and of what caused it, the first cause first. */
function stacksOf(error: unknown): string[] {
  return error instanceof Error ? [...stacksOf(error.cause), error.stack ?? ''] : [];
}

function absentExport(name: string, known: readonly string[]): string {
  const near = suggestion(name, known);
  return `understudy has no export ${name}${near ? `; did you mean ${near}?` : ''}`;
}

/** The first place of a stack, or of a parser's message, that lies in a folder. */
function placeIn(folder: string, text: string): { readonly path: string; readonly line: number } | undefined {
  const inside = folder.endsWith(sep) ? folder : `${folder}${sep}`;
  for (const [, url, line] of text.matchAll(/(file:\/\/[^\s()]+|(?:[A-Za-z]:)?[/\\][^\n()]*?):(\d+):\d+/g)) {
    const path = url!.startsWith('file://') ? fileURLToPath(url!) : url!;
    if (path.startsWith(inside) && !path.includes(`${sep}node_modules${sep}`)) return { path, line: Number(line) };
  }
  return undefined;
}
