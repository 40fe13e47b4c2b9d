/**
 * Writes docs/reference.md from the sources: what a scenario declares, and what stands in each file of a workspace, with the
 * docstrings of the declarations and schemas. `npx tsx tools/reference.ts` writes it; a test says when it is out of date.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(fileURLToPath(import.meta.url), '..', '..');

/** A part of the reference: one interface, or one schema. */
interface Entry {
  readonly title: string;
  readonly file: string;
  readonly name: string;
}

const declarations: readonly Entry[] = [
  { title: 'Every vocabulary and scenario', file: 'env/declaration.ts', name: 'WordsDeclaration' },
  { title: '`traits`', file: 'env/declaration.ts', name: 'TraitsDeclaration' },
  { title: 'A vocabulary (`defineVocabulary`) has besides', file: 'env/declaration.ts', name: 'VocabularyDeclaration' },
  { title: 'A scenario (`defineScenario`) has besides', file: 'env/declaration.ts', name: 'ScenarioDeclaration' },
  { title: '`crowd`, each', file: 'env/declaration.ts', name: 'CrowdDeclaration' },
  { title: '`prompt`', file: 'env/scenario.ts', name: 'PromptForm' },
  { title: '`prompt.choice`', file: 'env/scenario.ts', name: 'ChoiceForm' },
  { title: '`parameters`, each', file: 'env/scenario.ts', name: 'Parameter' },
  { title: '`knownRule`', file: 'env/scenario.ts', name: 'RuleOracle' },
  { title: '`staging`', file: 'env/staging.ts', name: 'StagingDeclaration' },
  { title: '`staging.actions`, each', file: 'env/staging.ts', name: 'ActionStaging' },
  { title: '`staging.measures`, each, and `staging.reward`', file: 'env/staging.ts', name: 'MeasureStaging' },
  { title: '`staging.places`, each', file: 'env/staging.ts', name: 'PlaceStaging' },
  { title: '`staging.crowd`, each', file: 'env/staging.ts', name: 'CrowdStaging' },
];

const files: readonly Entry[] = [
  {
    title: '`scenario.json`, or any vocabulary in a .json file',
    file: 'workspace/vocabulary.ts',
    name: 'vocabularyFile',
  },
  { title: '… its `import`: how the table reads', file: 'workspace/table-form.ts', name: 'tableForm' },
  { title: '… each of its `import.columns`', file: 'workspace/table-form.ts', name: 'column' },
  { title: '`study.json`', file: 'workspace/study.ts', name: 'study' },
  { title: '`results/sweep/sweep.json`', file: 'workspace/sweep.ts', name: 'sweepManifest' },
  { title: '`data/train.jsonl`, `data/test.jsonl`: a line', file: 'workspace/rows.ts', name: 'datasetRow' },
  { title: '`data/rejects.jsonl`: a line', file: 'workspace/rows.ts', name: 'rejectedRow' },
  { title: '… each with', file: 'workspace/rows.ts', name: 'rowProvenance' },
  { title: '`data/dataset.json`', file: 'workspace/dataset.ts', name: 'dataset' },
  { title: '`models/configs/NAME.json`', file: 'workspace/student-config.ts', name: 'studentConfig' },
  { title: '`results/metrics/stability.json`', file: 'workspace/stability.ts', name: 'stability' },
  {
    title: '… of several teachers (with `beside`, the studies of the others), its `sideBySide`',
    file: 'workspace/stability.ts',
    name: 'sideBySide',
  },
  { title: '`results/metrics/evaluation.json`', file: 'workspace/evaluation.ts', name: 'evaluation' },
  { title: '… each of its `models`', file: 'workspace/evaluation.ts', name: 'model' },
  { title: '… of several teachers, its `byTeacher`', file: 'workspace/evaluation.ts', name: 'byTeacher' },
  {
    title: '`shards/VERB-COMMAND.i-of-n.jsonl`: the `shard` of its first line',
    file: 'workspace/shards.ts',
    name: 'shardHeader',
  },
  { title: '`results/metrics/audit.json`', file: 'workspace/audits.ts', name: 'auditSchema' },
  {
    title: '… of stability.json, evaluation.json and audit.json besides',
    file: 'workspace/result-tables.ts',
    name: 'besideTables',
  },
  { title: '`results/metrics/compare.json`', file: 'workspace/population-comparison.ts', name: 'comparisonSchema' },
  {
    title: '`run.json` of a recorded run, beside its summary',
    file: 'workspace/recorded-run.ts',
    name: 'recordedRun',
  },
  { title: '… its `plan`', file: 'workspace/checkpoint-form.ts', name: 'runPlan' },
];

const compiled: readonly Entry[] = [
  { title: 'The file', file: 'workspace/compiled.ts', name: 'compiledFile' },
  { title: '… its `scenario`', file: 'workspace/compiled.ts', name: 'scenario' },
  { title: '… each of `scenario.traitLaw`', file: 'workspace/compiled.ts', name: 'traitBlock' },
  { title: '… each of `scenario.world` and `scenario.agent`', file: 'workspace/compiled.ts', name: 'factor' },
  { title: '… each of `scenario.crowd`', file: 'workspace/compiled.ts', name: 'crowdFactor' },
  { title: '… each `table`', file: 'workspace/compiled.ts', name: 'table' },
  { title: '… its `luck`', file: 'workspace/compiled.ts', name: 'luck' },
  { title: '… `luck.next` and `luck.start`', file: 'workspace/compiled.ts', name: 'draws' },
  { title: '… its `decisions`', file: 'workspace/compiled.ts', name: 'decisions' },
  { title: '… each of `decisions.rows`', file: 'workspace/compiled.ts', name: 'decision' },
];

/** A member of an interface or schema. */
interface Member {
  readonly name: string;
  readonly optional: boolean;
  readonly type: string;
  readonly text: string;
}

/** Where the bracket that opens at `from` closes. */
function closing(text: string, from: number): number {
  const pairs: Readonly<Record<string, string>> = { '{': '}', '(': ')', '[': ']' };
  const open: string[] = [];
  for (let i = from; i < text.length; i++) {
    const c = text[i]!;
    if (text.startsWith('/*', i)) i = text.indexOf('*/', i) + 1;
    else if (text.startsWith('//', i)) i = text.indexOf('\n', i);
    else if (c === "'" || c === '"' || c === '`') i = text.indexOf(c, i + 1);
    else if (pairs[c]) open.push(pairs[c]);
    else if (c === open.at(-1)) {
      open.pop();
      if (open.length === 0) return i;
    }
  }
  throw new Error(`a bracket that opens at ${from} does not close`);
}

/** The text between the braces that follow `start`. */
function bodyAfter(text: string, start: number): string {
  const open = text.indexOf('{', start);
  return text.slice(open + 1, closing(text, open));
}

const source = (file: string): string => readFileSync(join(root, file), 'utf8');

function bodyOf({ file, name }: Pick<Entry, 'file' | 'name'>): string {
  const text = source(file);
  const declared = text.indexOf(`interface ${name}`);
  if (declared >= 0) {
    // Type parameters and what is extended come before the body.
    const heading = text.slice(declared).search(/\{\n/);
    return bodyAfter(text, declared + heading);
  }
  const schema = new RegExp(`(?:const|export const) ${name} = `).exec(text);
  if (!schema) throw new Error(`${file} has no ${name}`);
  return bodyAfter(text, schema.index + schema[0].length);
}

/** Members of a body: comments belong to what follows them; what is spread in is looked up in the same file. */
function membersOf(body: string, file: string, prefix = ''): Member[] {
  const members: Member[] = [];
  let at = 0;
  let comment = '';
  while (at < body.length) {
    const rest = body.slice(at);
    const gap = /^[\s,;]+/.exec(rest);
    if (gap) {
      at += gap[0].length;
      continue;
    }
    if (rest.startsWith('/**')) {
      const end = rest.indexOf('*/');
      comment = rest
        .slice(3, end)
        .replace(/\n\s*\*\s?/g, ' ')
        .replace(/\s+/g, ' ')
        .trim();
      at += end + 2;
      continue;
    }
    if (rest.startsWith('//')) {
      at += rest.indexOf('\n');
      continue;
    }
    const end = endOfMember(body, at);
    const text = body.slice(at, end).trim();
    at = end;
    const spread = /^\.\.\.(\w+)(?:\.shape)?$/.exec(text)?.[1];
    if (spread !== undefined && source(file).includes(`const ${spread} = `))
      members.push(...membersOf(bodyOf({ file, name: spread }), file, prefix));
    if (/^\w+$/.test(text)) {
      const declared = new RegExp(`const ${text} = ([^;]*);`).exec(source(file))?.[1];
      if (declared !== undefined)
        members.push({ name: prefix + text, optional: false, type: typeOf(declared), text: comment });
    }
    const [, name, mark, written] = /^(?:readonly )?(?:'([^']+)'|[\w$]+)?(\??)\s*:\s*([\s\S]*)$/.exec(text) ?? [];
    const plain = /^(?:readonly )?([\w$]+|'[^']+')/.exec(text)?.[1];
    if (written !== undefined && (name ?? plain) !== undefined) {
      const type = resolved(written, file);
      const optional = mark === '?' || /\.optional\(\)/.test(type.replace(/\{[\s\S]*\}/g, ''));
      members.push({
        name: prefix + (name ?? plain!.replaceAll("'", '')),
        optional,
        type: typeOf(type),
        text: comment,
      });
      const nested = /^(?:list\()?z\.(?:strictObject|object|looseObject)\(\{/.exec(type) ?? /^\{\n/.exec(type);
      if (nested) members.push(...membersOf(bodyAfter(type, 0), file, `${prefix}${name ?? plain}.`));
    }
    comment = '';
  }
  return members;
}

/** A type whose first word is a constant of the file, with what that is, unless it has a table of its own. */
function resolved(type: string, file: string): string {
  const word = /^([a-z]\w*)(?=\.|$)/.exec(type)?.[1];
  if ([...files, ...compiled].some((entry) => entry.file === file && entry.name === word)) return type;
  const declared = word && new RegExp(`const ${word} = (z\\.[^;]*|list\\([^;]*);`).exec(source(file))?.[1];
  return declared ? declared + type.slice(word.length) : type;
}

/** Where a member ends: at the comma or semicolon of its own depth. */
function endOfMember(body: string, from: number): number {
  let types = 0;
  for (let i = from; i < body.length; i++) {
    const c = body[i]!;
    if (c === '{' || c === '(' || c === '[') i = closing(body, i);
    else if (c === "'" || c === '"') i = body.indexOf(c, i + 1);
    else if (c === '<') types++;
    else if (c === '>' && body[i - 1] !== '=') types--;
    else if ((c === ',' || c === ';') && types === 0) return i;
  }
  return body.length;
}

/** A type in few words. */
function typeOf(type: string): string {
  if (!/^(?:z\.|list\(|[a-z]\w*$|[a-z]\w*\.)/.test(type))
    return type.startsWith('{\n') ? 'object' : `\`${type.replace(/\s+/g, ' ').replace(/NoInfer<(\w+)>/g, '$1')}\``;
  if (type.startsWith('list(')) return `list of ${typeOf(type.slice('list('.length, closing(type, 'list'.length)))}`;
  const words: readonly (readonly [RegExp, string])[] = [
    [/^z\.(?:strict|loose)?[oO]bject/, 'object'],
    [/^z\.record/, 'object by name'],
    [/^z\.(?:discriminatedUnion|union)/, 'one of several forms'],
    [/^z\.array/, 'list'],
    [/^z\.(?:number|int)|^number\b|^count\b|^positive\b/, 'number'],
    [/^z\.string|^z\.iso/, 'text'],
    [/^z\.boolean/, 'true or false'],
    [/^z\.null/, 'null'],
    [/^z\.unknown/, 'anything'],
  ];
  const choices = /^z\.(?:enum|literal)\(([\s\S]*?)\)/.exec(type);
  const word = choices
    ? choices[1]!
        .replace(/[[\]\n]/g, ' ')
        .replace(/\s+/g, ' ')
        .trim()
    : (words.find(([pattern]) => pattern.test(type))?.[1] ?? `\`${type.replace(/\..*/s, '')}\``);
  return /\.nullable\(\)/.test(type.replace(/\{[\s\S]*\}/g, '')) ? `${word} or null` : word;
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

function tableOf(entry: Entry): string {
  const rows = membersOf(bodyOf(entry), entry.file).map(
    ({ name, optional, type, text }) =>
      `| \`${name}\`${optional ? ' (may be absent)' : ''} | ${cell(type)} | ${cell(text)} |`,
  );
  return [`### ${entry.title}`, '', '| name | type | what it is |', '| --- | --- | --- |', ...rows, ''].join('\n');
}

/** The text of docs/reference.md. */
export const reference = (): string =>
  [
    '# Reference',
    '',
    'Generated from the docstrings of the sources by `npx tsx tools/reference.ts`; do not edit it by hand.',
    '',
    '## What a scenario declares',
    '',
    ...declarations.map(tableOf),
    '## What stands in the files of a workspace',
    '',
    'Rows may have further members, which are kept. CSV files name their columns in the first line; those of',
    '`results/metrics` are the members of the JSON files beside them.',
    '',
    ...files.map(tableOf),
    '## What `understudy compile` writes',
    '',
    'JSON in one line. [How a run is played from it](environment.md#in-another-language).',
    '',
    ...compiled.map(tableOf),
  ].join('\n');

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(join(root, 'docs', 'reference.md'), reference());
