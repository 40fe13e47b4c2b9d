import type { Spending } from '../workspace/spending.ts';
import type { StudyStudent } from '../workspace/student-config.ts';
import { type Html, html } from './html.ts';
import { ofTable } from './models.ts';
import type { StudyFiles } from './study-files.ts';
import { grouped, listed } from './wording.ts';

/** Which teacher, which files, which seeds: what someone needs to make the same numbers again. */
export function provenance(study: StudyFiles): Html {
  const { dataset, stability, evaluation, students, spending = [] } = study;
  const given = ofTable(study);
  const facts: [string, string | undefined][] = [
    [
      'labels',
      given
        ? `${labelsOf(study)}${study.table ? ` in ${study.table.file}, column ${study.table.labels.join(', ')}` : ' in a table'}`
        : undefined,
    ],
    [
      'teacher',
      given ? undefined : dataset ? `${dataset.teacher} (${dataset.teacherId})` : evaluation?.teacher.join(', '),
    ],
    ['what it is', given ? undefined : (dataset?.caveat ?? stability?.caveat)],
    [
      'data set',
      dataset &&
        `${grouped(dataset.asked)} states asked, elicitation ${dataset.elicitation}, order ${dataset.order}, seed ${dataset.seed}${dataset.finished ? `, finished ${dataset.finished.replace(/T(\d\d:\d\d).*/, ' $1 UTC')}` : ''}`,
    ],
    ['states drawn from', dataset?.distribution],
    [
      'evaluated on',
      evaluation?.test.distribution !== dataset?.distribution ? evaluation?.test.distribution : undefined,
    ],
    ['split', dataset?.split],
    [
      'stability study',
      stability &&
        `${stability.prompts} prompts × ${stability.runs} runs, ${stability.elicitation}, temperature ${stability.temperature}, seed ${stability.seed}${stability.teacherId ? `, ${stability.teacherId}` : ''}${given ? '; the labels are not its answers' : ''}`,
    ],
    ['asked beside the labels', given ? evaluation?.asked : undefined],
    ...spending.map((one): [string, string] => ['spent', spentWords(one)]),
    ['evaluation', evaluation && `seed ${evaluation.seed}`],
  ];
  const used = merged([
    ...Object.values(dataset?.files ?? {}).map((file) => ({ ...file, role: 'written by dataset' })),
    ...(evaluation?.train ? [{ ...evaluation.train, role: 'read by the baselines' }] : []),
    ...(evaluation ? [{ ...evaluation.test, role: 'read by evaluate' }] : []),
  ]);
  return html`<div class="scroll"><table><tbody>
${facts.flatMap(([name, value]) => (value ? [html`<tr><th scope="row">${name}</th><td class="wrap">${value}</td></tr>\n`] : []))}</tbody></table></div>
${
  used.length > 0
    ? html`<h3>Files</h3><div class="scroll"><table>
<thead><tr><th scope="col">file</th><th scope="col">role</th><th scope="col" class="number">rows</th><th scope="col">sha256</th></tr></thead>
<tbody>
${used.map(({ path, role, rows, sha256 }) => html`<tr><th scope="row">${path}</th><td>${role}</td><td class="number">${grouped(rows)}</td><td><code>${sha256}</code></td></tr>\n`)}</tbody></table></div>`
    : undefined
}
${
  students.length > 0
    ? html`<h3>Students</h3><div class="scroll"><table>
<thead><tr><th scope="col">student</th><th scope="col" class="number">parameters</th><th scope="col" class="number">seed</th><th scope="col">trained on</th><th scope="col">${given ? 'terms of the labels' : 'teacher’s licence'}</th><th scope="col">sha256 of the ONNX file</th></tr></thead>
<tbody>
${students.map(
  ({ name, parameters, seed, data, teacher, sha256 }) =>
    html`<tr><th scope="row">${name}</th><td class="number">${grouped(parameters)}</td><td class="number">${seed}</td><td>${data.map(({ file, rows }) => `${file} (${grouped(rows)} rows)`).join(', ')}</td><td class="wrap">${licenceOf(teacher)}</td><td class="wrap"><code>${sha256}</code></td></tr>\n`,
)}</tbody></table></div>`
    : undefined
}`;
}

/** The teacher's terms; of a teacher whose terms are not known, its name. */
function licenceOf({ id, licence }: StudyStudent['teacher']): string {
  const named = id.split(', ').filter((name) => name !== 'unknown');
  if (named.length === 0) return licence;
  const whose = `${named.length > 1 ? 'not known for all of ' : 'not known: '}${listed(named)}`;
  return licence.replace(/unknown: the data do not say which model made the labels/, whose);
}

/** What the labels of a table are. */
export const labelsOf = ({ evaluation }: StudyFiles): string =>
  evaluation?.labels === 'choices' ? 'single choices' : 'labels';

interface UsedFile {
  readonly path: string;
  readonly sha256: string;
  readonly rows: number;
  readonly role: string;
}

/** A file has one line for each content that it had: two lines say that it changed in between. */
function merged(files: readonly UsedFile[]): UsedFile[] {
  const lines = new Map<string, UsedFile>();
  for (const file of files) {
    const key = `${file.path} ${file.sha256}`;
    const earlier = lines.get(key);
    lines.set(key, earlier ? { ...earlier, role: `${earlier.role}, ${file.role}` } : file);
  }
  return [...lines.values()];
}

/** What was spent on a teacher so far, in all commands of the workspace. */
function spentWords({ teacher, questions, promptTokens, completionTokens, cost, unpriced, seconds }: Spending): string {
  const tokens = `${grouped(promptTokens)} tokens of questions and ${grouped(completionTokens)} of replies`;
  const money =
    cost === undefined
      ? 'on this machine'
      : cost === null
        ? 'at a price that is not known'
        : `${cost.toFixed(4)} by the table of prices${unpriced > 0 ? `, and ${grouped(unpriced)} questions whose price is not known` : ''}`;
  return `${teacher}: ${grouped(questions)} questions, ${tokens}, ${money}, ${grouped(Math.round(seconds))} s`;
}
